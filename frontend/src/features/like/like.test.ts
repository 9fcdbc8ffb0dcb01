import { describe, expect, it } from "vitest";
import { toggled } from "@/features/like/like";

describe("toggled", () => {
  it("adds and removes the caller", () => {
    const before = { counts: { p: 2 }, mine: [] };
    const liked = toggled(before, "p", true);
    expect(liked).toEqual({ counts: { p: 3 }, mine: ["p"] });
    expect(toggled(liked, "p", false)).toEqual(before);
  });

  it("leaves a repeated like alone", () => {
    const before = { counts: { p: 2 }, mine: ["p"] };
    expect(toggled(before, "p", true)).toBe(before);
  });
});
