import { describe, expect, it } from "vitest";
import { hindranceOf, outcomeOf } from "@/features/event/subscription";

describe("hindranceOf", () => {
  it("says nothing of who is told", () => {
    expect(hindranceOf({ state: "active" })).toBe("");
  });

  it("says what a disabled subscription misses", () => {
    expect(hindranceOf({ state: "disabled" })).toMatch(/^Disabled: nothing is sent to it/);
  });
});

describe("outcomeOf", () => {
  it.each([
    [true, 204, "The test arrived: the callback answered 204"],
    [false, 302, "The test was not taken: the callback answered 302"],
    [false, 500, "The test was not taken: the callback answered 500"],
    [false, 0, "The test was not answered"],
  ])("tells arrived %s with status %i", (arrived, status, told) => {
    expect(outcomeOf({ arrived, status })).toBe(told);
  });
});
