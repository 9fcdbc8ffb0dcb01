import { describe, expect, it } from "vitest";
import { durationOf, hasEnded, isUnderWay } from "@/features/event/run";

describe("durationOf", () => {
  it.each([
    [1, 50, "a second"],
    [900, 50, "about 18 seconds"],
    [3000, 50, "about a minute"],
    [30_000, 50, "about 10 minutes"],
    [1_000_000, 50, "about 6 hours"],
  ])("says how long %i take at %i a second", (count, rate, told) => {
    expect(durationOf(count, rate)).toBe(told);
  });
});

describe("a run", () => {
  it("moves while it is running, and stays once it has ended", () => {
    const states = ["planned", "running", "paused", "cancelled", "done"] as const;
    expect(states.filter((state) => isUnderWay({ state }))).toEqual(["running"]);
    expect(states.filter((state) => hasEnded({ state }))).toEqual(["cancelled", "done"]);
  });
});
