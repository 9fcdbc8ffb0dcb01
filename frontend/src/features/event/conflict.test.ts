import { describe, expect, it } from "vitest";
import { alarmOf, cameOf } from "@/features/event/conflict";

describe("alarmOf", () => {
  it("knows one from many", () => {
    expect([alarmOf(1), alarmOf(1200)]).toEqual([
      "1 event came for a place that another holds",
      "1,200 events came for places that others hold",
    ]);
  });
});

describe("cameOf", () => {
  it("tells the type and the whole envelope", () => {
    const envelope = { type: "post.updated", id: "1" };
    const payload = '{\n  "type": "post.updated",\n  "id": "1"\n}';
    expect(cameOf({ envelope })).toEqual({ type: "post.updated", payload });
  });

  it("has nothing to tell of an envelope that was emptied", () => {
    expect(cameOf({ envelope: {} })).toBeNull();
  });
});
