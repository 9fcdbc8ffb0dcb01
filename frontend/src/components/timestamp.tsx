import { agoOf, dateOf, momentOf } from "@/lib/time";
import { useNow } from "@/lib/use-now";

/** A date for publications. */
export function DateOf({ time }: { time: string }) {
  return (
    <time dateTime={time} title={momentOf(time)}>
      {dateOf(time)}
    </time>
  );
}

/** How long ago, for conversations. */
export function Ago({ time }: { time: string }) {
  const now = useNow();
  return (
    <time dateTime={time} title={momentOf(time)}>
      {agoOf(time, now)}
    </time>
  );
}
