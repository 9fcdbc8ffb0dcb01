/** One event as the store keeps it. */
export interface StoredEvent {
  sequence: number;
  id: string;
  type: string;
  subject: string;
  revision: number | null;
  time: string;
  data: unknown;
  recorded_at: string;
}

/** One delivery that was given up, and what is known about why. */
export interface DeadLetter {
  id: string;
  event_id: string;
  type: string;
  function: string;
  reason: string;
  attempts: number;
  /** 0 when the function gave no answer at all. */
  last_status: number;
  last_error: string;
  first_failed_at: string;
  last_failed_at: string;
  state: "waiting" | "retried";
  retried_by: string;
  retried_at: string | null;
  event: unknown;
  /** What came, when it was no event at all. */
  raw: string | null;
}

export function payloadOf(letter: DeadLetter): string {
  return letter.event === null ? (letter.raw ?? "") : JSON.stringify(letter.event, null, 2);
}
