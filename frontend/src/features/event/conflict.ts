import type { Schemas } from "@/api/operations";

/** An event that came for a place in the log which another holds. */
export type Conflict = Schemas["Conflicting"];

/** "2 events came for places that others hold" */
export function alarmOf(conflicts: number): string {
  if (conflicts === 1) return "1 event came for a place that another holds";
  return `${conflicts.toLocaleString("en-GB")} events came for places that others hold`;
}

/** What came; nothing is known of it once the member whom it concerned is gone. */
export function cameOf({ envelope }: Pick<Conflict, "envelope">): { type: string; payload: string } | null {
  const { type } = envelope;
  return typeof type === "string" ? { type, payload: JSON.stringify(envelope, null, 2) } : null;
}
