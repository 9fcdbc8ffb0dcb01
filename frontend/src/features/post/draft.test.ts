import { describe, expect, it } from "vitest";
import { newPostOf } from "@/features/post/draft";

describe("newPostOf", () => {
  it("leaves out what was left empty", () => {
    const draft = { title: " Paper ", summary: " ", content: "Text\n", cover: "", category: "", tags: " , " };
    expect(newPostOf(draft, "draft")).toEqual({ title: "Paper", content: "Text\n", status: "draft" });
  });

  it("sends every part that was filled", () => {
    const draft = { title: "A", summary: "B", content: "C", cover: "/c.png", category: "D", tags: "e, f" };
    expect(newPostOf(draft, "published")).toEqual({ ...draft, tags: ["e", "f"], status: "published" });
  });
});
