import type { Schemas } from "@/api/operations";

/** Somebody who is told of events, and how that goes. */
export type Subscription = Schemas["Subscription"];

/** What became of a test. */
export type Tested = Schemas["Tested"];

/** What keeps a subscription from being told; empty when nothing does. */
export function hindranceOf({ state }: Pick<Subscription, "state">): string {
  if (state === "active") return "";
  return "Disabled: nothing is sent to it, and what happens meanwhile is not sent later.";
}

/** How a callback took its test, in a sentence. */
export function outcomeOf({ arrived, status }: Pick<Tested, "arrived" | "status">): string {
  if (arrived) return `The test arrived: the callback answered ${status}`;
  return status > 0 ? `The test was not taken: the callback answered ${status}` : "The test was not answered";
}
