import { Link } from "react-router";
import type { StoredEvent } from "@/features/event/event";
import { momentOf, stampOf } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import styles from "./event-row.module.css";

interface Props {
  event: StoredEvent;
  /** In the life of one thing its name is already known. */
  linked?: boolean;
}

/** One line of the listing; opened, it shows all that the event carries. */
export function EventRow({ event, linked = true }: Props) {
  const now = useNow();
  return (
    <li className={styles.row} data-event={event.id} data-type={event.type} data-subject={event.subject}>
      <details>
        <summary>
          <span className={styles.sequence}>{event.sequence}</span>
          <time dateTime={event.time} title={momentOf(event.time)}>
            {stampOf(event.time, now)}
          </time>
          <span className={styles.type}>{event.type}</span>
          <span className={styles.subject}>{event.subject}</span>
          <span className={styles.revision}>{event.revision === null ? "" : `r${event.revision}`}</span>
        </summary>
        <div className={styles.more}>
          {linked && <Link to={`?aggregate=${encodeURIComponent(event.subject)}`}>All events of {event.subject}</Link>}
          <pre>{JSON.stringify(event, null, 2)}</pre>
        </div>
      </details>
    </li>
  );
}
