import { expect, it } from "vitest";
import { changed, sortOf, SORTS } from "@/features/post/filters";

it("takes an order that nobody knows as the first", () => {
  expect([sortOf(SORTS, "liked"), sortOf(SORTS, "loudest"), sortOf(SORTS, null)]).toEqual(["liked", "newest", "newest"]);
});

it("keeps the other filters in the address, and leaves defaults out of it", () => {
  const search = new URLSearchParams("category=Travel&sort=liked");
  expect(changed(search, { tag: "rivers & mills" })).toBe("?category=Travel&sort=liked&tag=rivers+%26+mills");
  expect(changed(search, { sort: "newest" }, ["newest"])).toBe("?category=Travel");
  expect(changed(new URLSearchParams("category=Travel"), { category: "" })).toBe(".");
});
