import { describe, expect, it } from "vitest";
import { agoOf, clockOf, dateOf, epochOf, stampOf } from "@/lib/time";

const now = new Date("2026-11-14T12:00:00Z");

describe("agoOf", () => {
  it.each([
    ["2026-11-14T11:59:40Z", "just now"],
    ["2026-11-14T12:00:05Z", "just now"],
    ["2026-11-14T11:59:10Z", "1 minute ago"],
    ["2026-11-14T11:48:00Z", "12 minutes ago"],
    ["2026-11-14T09:00:00Z", "3 hours ago"],
    ["2026-11-13T10:00:00Z", "yesterday"],
    ["2026-11-10T12:00:00Z", "4 days ago"],
    ["2026-10-02T12:00:00Z", "2 October 2026"],
  ])("%s is %s", (time, said) => {
    expect(agoOf(time, now)).toBe(said);
  });
});

describe("dateOf", () => {
  it("is spelled out", () => {
    expect(dateOf("2026-11-14T12:00:00Z")).toBe("14 November 2026");
  });
});

describe("stampOf", () => {
  it("names the day only when it was another one", () => {
    const noon = new Date(2026, 10, 14, 12, 0, 0, 7).toISOString();
    expect(clockOf(noon)).toBe("12:00:00.007");
    expect(stampOf(noon, new Date(2026, 10, 14, 23))).toBe("12:00:00.007");
    expect(stampOf(noon, new Date(2026, 10, 15, 1))).toBe("14 Nov 12:00:00");
  });
});

describe("epochOf", () => {
  it("takes seconds and RFC 3339", () => {
    expect(epochOf(1_794_657_600)).toBe(1_794_657_600);
    expect(epochOf("2026-11-14T12:00:00Z")).toBe(1_794_657_600);
  });
});
