import { expect, it } from "vitest";
import { envelopeOf, lookOf, searchOf } from "@/features/event/event";

it("takes an envelope that is a JSON object", () => {
  expect(envelopeOf('{"id":"1"}')).toEqual({ event: { id: "1" } });
});

it.each([
  ["[1]", "An event is a JSON object"],
  ["{", /^This is not JSON: /],
])("says why %s is none", (typed, refusal) => {
  const told = envelopeOf(typed);
  expect("refusal" in told && told.refusal).toMatch(refusal);
});

it.each([
  ["", "?state=waiting"],
  ["state=discarded", "?state=discarded"],
  ["state=lost", "?state=waiting"],
  ["by=cause&state=discarded", "?state=discarded&by=cause"],
  ["cause=c1&by=cause", "?state=waiting&cause=c1"],
])("looks at dead letters by the address %o", (typed, address) => {
  const look = lookOf(new URLSearchParams(typed));
  expect(searchOf(look)).toBe(address);
  expect(lookOf(new URLSearchParams(address))).toEqual(look);
});
