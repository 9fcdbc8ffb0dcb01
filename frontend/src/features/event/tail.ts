import type { Slice, StoredEvent } from "@/features/event/event";
import type { Client } from "@/lib/client";
import { asProblem } from "@/lib/problem";
import { messagesOf } from "@/lib/server-sent";

interface Following {
  slice: Slice;
  /** The sequence of the last event that is known already. */
  after: number;
  signal: AbortSignal;
  onEvent: (event: StoredEvent) => void;
  onLive: (live: boolean) => void;
  /** How long to wait before the next try, after so many that failed. */
  pause?: (tries: number) => Promise<void>;
}

const LONGEST_PAUSE = 30_000;
const waited = (tries: number) =>
  new Promise<void>((resume) => setTimeout(resume, Math.min(LONGEST_PAUSE, 1000 * 2 ** tries)));

/**
 * Tells every event after `after` once, in order, until it is aborted. A stream ends itself before
 * the session's token does; the next begins where it ended.
 */
export async function follow(client: Client, following: Following): Promise<void> {
  const { slice, signal, onEvent, onLive, pause = waited } = following;
  let { after } = following;
  let tries = 0;
  const stopped = () => signal.aborted;
  while (!stopped()) {
    try {
      const { body } = await client.open("event-tail", { ...slice, after }, signal);
      if (!body) return;
      onLive(true);
      for await (const { event, id, data } of messagesOf(body)) {
        tries = 0;
        if (id) after = Math.max(after, Number(id));
        if (event === "message" && data) onEvent(JSON.parse(data) as StoredEvent);
      }
    } catch (thrown) {
      if (stopped()) return;
      onLive(false);
      // Who may not follow, or asks for what is not there, will not be let in later either.
      const { status } = asProblem(thrown);
      if (status >= 400 && status < 500 && status !== 429) return;
    }
    if (tries > 0) await pause(tries);
    tries += 1;
  }
}
