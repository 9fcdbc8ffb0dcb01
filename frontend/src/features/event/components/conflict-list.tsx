import { Link } from "react-router";
import { Listing } from "@/components/listing";
import { Ago } from "@/components/timestamp";
import { useConflicts } from "@/features/event/api/conflicts";
import { cameOf, type Conflict } from "@/features/event/conflict";
import { itemsOf } from "@/lib/pages";
import styles from "./dead-letter-item.module.css";

/** Events that the log keeps apart, because another has their place. */
export function ConflictList() {
  const list = useConflicts();
  return (
    <Listing
      list={list}
      items={itemsOf(list.data, ({ id }) => id)}
      label="Conflicts, the latest first"
      empty={{ title: "No conflicts", advice: "Every version of every subject is one event." }}
      more="Show earlier conflicts"
    >
      {(conflict) => <ConflictItem key={conflict.id} conflict={conflict} />}
    </Listing>
  );
}

function ConflictItem({ conflict }: { conflict: Conflict }) {
  const { id, subject, revision, kept_id: holder, noticed_at: noticed } = conflict;
  const came = cameOf(conflict);
  return (
    <li className={styles.letter} data-conflict={id} data-holder={holder}>
      <div className={styles.head}>
        <div>
          <h3>{subject}</h3>
          <p className={styles.type}>
            {came?.type} <span>{id}</span>
          </p>
        </div>
      </div>
      <p className={styles.reason}>
        Version {revision} is held by another event
        <span>{holder}</span>
      </p>
      <p className={styles.why}>
        Noticed <Ago time={noticed} />.{" "}
        <Link to={`/events?aggregate=${encodeURIComponent(subject)}`}>All events of {subject}</Link>
      </p>
      {came ? (
        <details className={styles.payload}>
          <summary>What came</summary>
          <pre>{came.payload}</pre>
        </details>
      ) : (
        <p className={styles.why}>What came was emptied when the member whom it concerned left.</p>
      )}
    </li>
  );
}
