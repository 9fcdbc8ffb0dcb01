import { describe, expect, it } from "vitest";
import { itemsOf, nextCursor } from "@/lib/pages";

const item = (id: string) => ({ id });

describe("nextCursor", () => {
  it("ends at null", () => {
    expect(nextCursor({ items: [], next: null })).toBeUndefined();
    expect(nextCursor({ items: [], next: "c" })).toBe("c");
  });
});

describe("itemsOf", () => {
  it("is empty before the first page", () => {
    expect(itemsOf(undefined, ({ id }: { id: string }) => id)).toEqual([]);
  });

  it("joins pages and keeps each item once", () => {
    const pages = [
      { items: [item("c"), item("b")], next: "1" },
      { items: [item("b"), item("a")], next: null },
    ];
    expect(itemsOf({ pages }, ({ id }) => id)).toEqual([item("c"), item("b"), item("a")]);
  });
});
