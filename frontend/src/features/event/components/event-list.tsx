import { useState } from "react";
import { Button } from "@/components/button";
import { EmptyNotice } from "@/components/empty-notice";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { useByAggregate } from "@/features/event/api/by-aggregate";
import { useList } from "@/features/event/api/list";
import { EventRow } from "@/features/event/components/event-row";
import { itemsOf } from "@/lib/pages";
import styles from "./listing.module.css";

const TYPES = [
  "post.created",
  "post.deleted",
  "like.added",
  "like.removed",
  "comment.created",
  "media.uploaded",
  "user.created",
  "user.updated",
];

/** What happened last, everywhere. */
export function EventList() {
  const [type, setType] = useState("");
  const list = useList(type);
  const events = itemsOf(list.data, ({ sequence }) => sequence);
  return (
    <>
      <div className={styles.bar}>
        <label className={styles.filter}>
          Type
          <select value={type} onChange={(event) => setType(event.target.value)}>
            <option value="">All types</option>
            {TYPES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <p className={styles.live}>{list.isError ? "Not up to date" : "Refreshes while you watch"}</p>
      </div>
      {list.isError && (
        <div className={styles.aside}>
          <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />
        </div>
      )}
      {list.isPending && (
        <div className={styles.aside}>
          <Lines count={10} />
        </div>
      )}
      {list.data && events.length === 0 && (
        <div className={styles.aside}>
          <EmptyNotice title="No events here yet">
            {type ? "None of this type has happened." : "Publish a post, and its event arrives here within a second."}
          </EmptyNotice>
        </div>
      )}
      <ol className={styles.rows} role="list" aria-label="Events, newest first">
        {events.map((event) => (
          <EventRow key={event.sequence} event={event} />
        ))}
      </ol>
      {list.hasNextPage && (
        <div className={styles.more}>
          <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
            {list.isFetchingNextPage ? "Loading" : "Show earlier events"}
          </Button>
        </div>
      )}
    </>
  );
}

/** The life of one thing, from its first event. */
export function AggregateEvents({ aggregate }: { aggregate: string }) {
  const list = useByAggregate(aggregate);
  return (
    <>
      <div className={styles.bar}>
        <h2 className={styles.aggregate}>{aggregate}</h2>
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
