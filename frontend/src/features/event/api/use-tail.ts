import { useEffect, useState } from "react";
import type { Slice, StoredEvent } from "@/features/event/event";
import { follow } from "@/features/event/tail";
import { useClient } from "@/lib/use-client";

/** A page that is left open shows this many; the list has the others. */
const KEPT = 500;

/** event-tail: what happened since, newest first, and whether it is told live. */
export function useTail({ type, subject }: Slice, after: number | null) {
  const client = useClient();
  const [events, setEvents] = useState<StoredEvent[]>([]);
  const [live, setLive] = useState(false);
  useEffect(() => {
    if (after === null) return;
    const stop = new AbortController();
    void follow(client, {
      slice: { type, subject },
      after,
      signal: stop.signal,
      onEvent: (event) => setEvents((before) => [event, ...before].slice(0, KEPT)),
      onLive: setLive,
    });
    return () => stop.abort();
  }, [after, client, subject, type]);
  return { events, live };
}
