import { useState } from "react";
import { Link } from "react-router";
import { Listing } from "@/components/listing";
import { useDeadLetterList } from "@/features/event/api/dead-letter-list";
import { DeadLetterItem } from "@/features/event/components/dead-letter-item";
import { type DeadLetter, NONE, searchOf } from "@/features/event/event";
import { itemsOf } from "@/lib/pages";
import styles from "./listing.module.css";

/** Deliveries that were given up: those that wait for a decision, those sent back, or those of one cause. */
export function DeadLetterList({ state, cause }: { state: DeadLetter["state"]; cause: string }) {
  const list = useDeadLetterList(state, cause);
  const letters = itemsOf(list.data, ({ id }) => id);
  const [sentBack, setSentBack] = useState<DeadLetter[]>([]);
  return (
    <>
      <div role="status">
        {sentBack.map((letter) => (
          <p key={letter.id} className={styles.sent} data-sent={letter.id}>
            Sent <b>{letter.type}</b> back to <b>{letter.function}</b>. If it fails again, it returns here.
          </p>
        ))}
      </div>
      {cause && (
        <p className={styles.cause}>
          Of one cause{letters[0] && ":"} {letters[0] && <b>{letters[0].function}</b>}{" "}
          <Link to={searchOf({ state, grouped: true, cause: "" })}>All causes</Link>
        </p>
      )}
      <Listing
        list={list}
        items={letters}
        label="Dead letters"
        empty={cause ? { title: "None of this cause is like that" } : NONE[state]}
        more="Show more"
      >
        {(letter) => (
          <DeadLetterItem
            key={letter.id}
            letter={letter}
            onRetried={(retried) => setSentBack((before) => [...before, retried])}
          />
        )}
      </Listing>
    </>
  );
}
