import { useState } from "react";
import { Listing } from "@/components/listing";
import { useDeadLetterList } from "@/features/event/api/dead-letter-list";
import { DeadLetterItem } from "@/features/event/components/dead-letter-item";
import type { DeadLetter } from "@/features/event/event";
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
      <Listing
        list={list}
        items={letters}
        label="Dead letters"
        empty={
          state === "waiting"
            ? { title: "No dead letters", advice: "Every event reached every function that asked for it." }
            : { title: "None is like that" }
        }
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
