import { Link } from "react-router";
import { EmptyNotice } from "@/components/empty-notice";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { useByAggregate } from "@/features/event/api/by-aggregate";
import { EventRow } from "@/features/event/components/event-row";
import styles from "./listing.module.css";

/** The life of one thing, from its first event. */
export function AggregateEvents({ aggregate }: { aggregate: string }) {
  const list = useByAggregate(aggregate);
  return (
    <>
      <div className={styles.bar}>
        <h2 className={styles.aggregate}>{aggregate}</h2>
        <Link className={styles.live} to="/events">
          All events
        </Link>
      </div>
      {list.isPending && (
        <div className={styles.aside}>
          <Lines count={4} />
        </div>
      )}
      {list.isError && (
        <div className={styles.aside}>
          <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />
        </div>
      )}
      {list.data?.items.length === 0 && (
        <div className={styles.aside}>
          <EmptyNotice title="Nothing has happened to it" />
        </div>
      )}
      <ol className={styles.rows} role="list" aria-label="Events, oldest first">
        {list.data?.items.map((event) => <EventRow key={event.sequence} event={event} linked={false} />)}
      </ol>
    </>
  );
}
