import { Link } from "react-router";
import { Listing } from "@/components/listing";
import { useByAggregate } from "@/features/event/api/by-aggregate";
import { EventRow } from "@/features/event/components/event-row";
import { itemsOf } from "@/lib/pages";
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
      <Listing
        list={list}
        items={itemsOf(list.data, ({ sequence }) => sequence)}
        label="Events, oldest first"
        empty={{ title: "Nothing has happened to it" }}
        more="Show later events"
      >
        {(event) => <EventRow key={event.sequence} event={event} linked={false} />}
      </Listing>
    </>
  );
}
