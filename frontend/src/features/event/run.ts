import type { Schemas } from "@/api/operations";

/** Work on many events or dead letters that goes on at a rate. */
export type Run = Schemas["Run"];

export const PHASES: Record<Run["state"], string> = {
  planned: "Counted",
  running: "Running",
  paused: "Paused",
  cancelled: "Cancelled",
  done: "Done",
};

export const isUnderWay = ({ state }: Pick<Run, "state">): boolean => state === "running";

/** Ended runs stay as they are. */
export const hasEnded = ({ state }: Pick<Run, "state">): boolean => state === "done" || state === "cancelled";

/** "about 2 minutes": how long so many take at that rate. */
export function durationOf(count: number, rate: number): string {
  const seconds = Math.ceil(count / rate);
  if (seconds < 60) return seconds <= 1 ? "a second" : `about ${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return minutes === 1 ? "about a minute" : `about ${minutes} minutes`;
  return `about ${Math.round(minutes / 60)} hours`;
}
