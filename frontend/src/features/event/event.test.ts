import { expect, it } from "vitest";
import { envelopeOf } from "@/features/event/event";

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
