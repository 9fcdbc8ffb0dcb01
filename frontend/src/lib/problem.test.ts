import { describe, expect, it } from "vitest";
import { adviceOf, asProblem, Problem, problemOf } from "@/lib/problem";

const told = (body: unknown, status = 400, headers: Record<string, string> = {}) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });

describe("problemOf", () => {
  it("reads every member of problem+json", async () => {
    const problem = await problemOf(
      told(
        { type: "/problems/unavailable", title: "Unavailable", status: 503, detail: "the post database is away", instance: "c-1" },
        503,
        { "Retry-After": "2" },
      ),
    );
    expect(problem).toMatchObject({
      status: 503,
      type: "/problems/unavailable",
      title: "Unavailable",
      detail: "the post database is away",
      instance: "c-1",
      retryAfter: 2,
      fields: {},
    });
  });

  it.each([
    ["Expected `str` of length >= 1 - at `$.title`", { title: "Expected `str` of length >= 1" }],
    ["Expected `str` of length <= 40 - at `$.tags[2]`", { tags: "Expected `str` of length <= 40" }],
    ["title must have 1 to 200 characters, got 0", { title: "title must have 1 to 200 characters, got 0" }],
  ])("names the field of %s", async (detail, fields) => {
    expect((await problemOf(told({ detail }))).fields).toEqual(fields);
  });

  it("prefers an explicit list of errors", async () => {
    const errors = [{ pointer: "#/tags/0", detail: "too long" }, { field: "title", detail: "empty" }];
    expect((await problemOf(told({ detail: "two fields", errors }))).fields).toEqual({
      tags: "too long",
      title: "empty",
    });
  });

  it("names no field for other statuses", async () => {
    expect((await problemOf(told({ detail: "post is gone" }, 404))).fields).toEqual({});
  });

  it("understands an answer that is no problem+json", async () => {
    const problem = await problemOf(told("<h1>Bad gateway</h1>", 502, { "Content-Type": "text/html" }));
    expect([problem.status, problem.title]).toEqual([502, "The server could not do it"]);
  });
});

describe("asProblem", () => {
  it("keeps a problem and wraps the rest", () => {
    const problem = new Problem({ status: 404 });
    expect(asProblem(problem)).toBe(problem);
    expect(asProblem(new Error("x is not a function")).detail).toBe("x is not a function");
  });
});

describe("adviceOf", () => {
  it("says what to do where the detail cannot", () => {
    expect(adviceOf({ status: 412, retryAfter: null })).toMatch(/^Load what is there now/);
    expect(adviceOf({ status: 429, retryAfter: 7 })).toBe("Wait 7 seconds before the next try.");
    expect(adviceOf({ status: 400, retryAfter: null })).toBe("");
  });
});
