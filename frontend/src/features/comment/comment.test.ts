import { describe, expect, it } from "vitest";
import { type Comment, threadsOf, without } from "@/features/comment/comment";

const comment = (id: string, parent_id: string | null = null): Comment => ({
  id,
  post_id: "p",
  parent_id,
  text: id,
  author: { id: "u", name: "Ada", avatar: "" },
  revision: 1,
  deleted: false,
  created_at: "2026-11-14T12:00:00Z",
  edited_at: null,
});

const shape = (comments: Comment[]) =>
  threadsOf(comments).map(({ comment: { id }, replies }) => [id, replies.map((reply) => reply.id)]);

describe("threadsOf", () => {
  it("gathers replies under what they answer", () => {
    expect(shape([comment("a"), comment("b"), comment("c", "a")])).toEqual([["a", ["c"]], ["b", []]]);
  });

  it("keeps a reply to a reply in the same conversation", () => {
    expect(shape([comment("a"), comment("b", "a"), comment("c", "b")])).toEqual([["a", ["b", "c"]]]);
  });

  it("lets a reply stand alone when its beginning is gone", () => {
    expect(shape([comment("b", "gone"), comment("c", "b")])).toEqual([["b", ["c"]]]);
  });
});

describe("without", () => {
  it("takes the replies with what they answer", () => {
    const left = without([comment("a"), comment("b", "a"), comment("c")], "a");
    expect(left.map(({ id }) => id)).toEqual(["c"]);
  });
});
