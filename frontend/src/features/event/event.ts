import type { Schemas } from "@/api/operations";

/** One event as the store keeps it. */
export type StoredEvent = Schemas["StoredEvent"];
/** One delivery that was given up, and what is known about why. */
export type DeadLetter = Schemas["DeadLetter"];

/** What a message that tells of no function is kept under: it can be sent back to none. */
export const UNKNOWN = "unknown";

/** What becomes of the reason that an operator gives. */
export const LASTING = "Stays in the list of actions";

/** A dead letter with what came, and what operators did about it. */
export type History = Schemas["History"];

/** Which events; a type may be a pattern: "post.*". */
export interface Slice {
  type: string;
  subject: string;
}

export const STATES: { value: DeadLetter["state"]; label: string }[] = [
  { value: "waiting", label: "Waiting" },
  { value: "retrying", label: "Being retried" },
  { value: "retried", label: "Retried" },
  { value: "discarded", label: "Discarded" },
];

/** What a list says that has none in this state. */
export const NONE: Record<DeadLetter["state"], { title: string; advice?: string }> = {
  waiting: { title: "No dead letters", advice: "Every event reached every function that asked for it." },
  retrying: { title: "None is being retried" },
  retried: { title: "None was retried" },
  discarded: { title: "None is discarded" },
};

/** How dead letters are looked at: those of one state, all or of one cause, one by one or by their causes. */
export interface Look {
  state: DeadLetter["state"];
  grouped: boolean;
  cause: string;
}

export function lookOf(search: URLSearchParams): Look {
  const cause = search.get("cause") ?? "";
  const state = STATES.find(({ value }) => value === search.get("state"))?.value ?? "waiting";
  return { state, cause, grouped: !cause && search.get("by") === "cause" };
}

export function searchOf({ state, grouped, cause }: Look): string {
  const search = new URLSearchParams({ state });
  if (cause) search.set("cause", cause);
  else if (grouped) search.set("by", "cause");
  return `?${search.toString()}`;
}

/** An envelope as somebody typed it, or why it is none. */
export function envelopeOf(typed: string): { event: Record<string, unknown> } | { refusal: string } {
  try {
    const event: unknown = JSON.parse(typed);
    if (typeof event === "object" && event !== null && !Array.isArray(event)) {
      return { event: event as Record<string, unknown> };
    }
    return { refusal: "An event is a JSON object" };
  } catch (thrown) {
    return { refusal: `This is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
}

export function payloadOf(letter: DeadLetter): string {
  return letter.event === null ? (letter.raw ?? "") : JSON.stringify(letter.event, null, 2);
}
