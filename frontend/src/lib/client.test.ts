import { describe, expect, it, vi } from "vitest";
import { createClient, type TokenSource } from "@/lib/client";
import { UNREACHABLE } from "@/lib/problem";

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

function clientWith(answers: (Response | Error)[], getToken: TokenSource = () => Promise.resolve(null)) {
  const call = vi.fn<typeof fetch>(() => {
    const next = answers.shift();
    if (!next) throw new Error("no answer left");
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  const sent = (index: number) => {
    const [url, init] = call.mock.calls[index] ?? [];
    return { url, init, headers: new Headers(init?.headers) };
  };
  return { client: createClient({ functions: "/function/", getToken, fetch: call }), sent, call };
}

describe("get", () => {
  it("appends the operation and leaves empty values out of the query", async () => {
    const { client, sent } = clientWith([json({ items: [], next: null })]);
    await client.get("post-list", { limit: 20, cursor: null, tag: "" });
    expect(sent(0).url).toBe("/function/post-list?limit=20");
  });

  it("asks the service for the operation where each service is one function", async () => {
    const call = vi.fn<typeof fetch>(() => Promise.resolve(json({ items: [], next: null })));
    const client = createClient({
      functions: "/function/",
      separator: "/",
      getToken: () => Promise.resolve(null),
      fetch: call,
    });
    await client.get("post-by-user", { user_id: "user_1" });
    expect(call.mock.calls[0]?.[0]).toBe("/function/post/by-user?user_id=user_1");
  });

  it("sends no Authorization when signed out", async () => {
    const { client, sent } = clientWith([json({})]);
    await client.get("post-list", {});
    expect(sent(0).headers.has("Authorization")).toBe(false);
  });
});

describe("send", () => {
  it("carries JSON and the session token", async () => {
    const { client, sent } = clientWith([json({ id: "1" }, 201)], () => Promise.resolve("t1"));
    expect(await client.send("POST", "post-create", { title: "A", content: "B" })).toEqual({ id: "1" });
    expect(sent(0).init).toMatchObject({ method: "POST", body: `{"title":"A","content":"B"}`, credentials: "omit" });
    expect(sent(0).headers.get("Authorization")).toBe("Bearer t1");
  });

  it("answers 204 with undefined", async () => {
    const { client } = clientWith([new Response(null, { status: 204 })]);
    await expect(client.send("DELETE", "post-delete", { id: "1" })).resolves.toBeUndefined();
  });
});

describe("failure", () => {
  it("asks for a fresh token once when the token lapsed", async () => {
    const getToken = vi.fn<TokenSource>((options) => Promise.resolve(options?.fresh ? "t2" : "t1"));
    const { client, sent, call } = clientWith([json({}, 401), json({ liked: true })], getToken);
    expect(await client.send("POST", "like-add", { post_id: "p" })).toEqual({ liked: true });
    expect(sent(1).headers.get("Authorization")).toBe("Bearer t2");
    expect(call).toHaveBeenCalledTimes(2);
  });

  it("does not repeat a refused call of a visitor", async () => {
    const { client, call } = clientWith([json({ detail: "sign in" }, 401)]);
    await expect(client.send("POST", "like-add", { post_id: "p" })).rejects.toMatchObject({ status: 401, message: "sign in" });
    expect(call).toHaveBeenCalledTimes(1);
  });

  it("lets everybody read while no token can be had", async () => {
    const away: TokenSource = () => Promise.reject(new Error("issuer away"));
    const { client } = clientWith([json({ items: [] })], away);
    expect(await client.get("post-list", {})).toEqual({ items: [] });
    await expect(client.send("POST", "like-add", { post_id: "p" })).rejects.toThrow("issuer away");
  });

  it("turns silence into a problem of status 0", async () => {
    const { client } = clientWith([new TypeError("connection refused")]);
    await expect(client.get("post-list", {})).rejects.toMatchObject({ status: UNREACHABLE });
  });
});
