import { describe, expect, it } from "vitest";
import { LARGEST_BYTES, refusalOf, sizeOf } from "@/features/media/media";

describe("refusalOf", () => {
  it("takes a picture of at most 5 MB", () => {
    expect(refusalOf({ type: "image/png", size: LARGEST_BYTES })).toBeNull();
  });

  it("names the rule and the value", () => {
    expect(refusalOf({ type: "image/png", size: 6.5 * 1024 * 1024 })).toBe(
      "A cover has at most 5 MB, this one has 6.5 MB",
    );
    expect(refusalOf({ type: "image/svg+xml", size: 10 })).toMatch(/JPEG/);
  });
});

it("says how large a picture is", () => {
  expect([12, 340_400, 1_240_000].map(sizeOf)).toEqual(["1 kB", "340 kB", "1.2 MB"]);
});
