import { useState } from "react";
import { EmptyNotice } from "@/components/empty-notice";
import { More } from "@/components/more";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { useDeadLetterList } from "@/features/event/api/dead-letter-list";
import { DeadLetterItem } from "@/features/event/components/dead-letter-item";
import type { DeadLetter } from "@/features/event/event";
import { itemsOf } from "@/lib/pages";
import styles from "./listing.module.css";

/** Deliveries that were given up: those that wait for a decision, or those sent back. */
export function DeadLetterList({ state }: { state: DeadLetter["state"] }) {
  const list = useDeadLetterList(state);
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
      {list.isPending && (
        <div className={styles.aside}>
          <Lines count={5} />
        </div>
      )}
      {list.isError && (
        <div className={styles.aside}>
          <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />
        </div>
      )}
      {list.data && letters.length === 0 && (
        <div className={styles.aside}>
          <EmptyNotice title={state === "waiting" ? "No dead letters" : "None is like that"}>
            {state === "waiting" && "Every event reached every function that asked for it."}
          </EmptyNotice>
        </div>
      )}
      <ol className={styles.rows} role="list">
        {letters.map((letter) => (
          <DeadLetterItem
            key={letter.id}
            letter={letter}
            onRetried={(retried) => setSentBack((before) => [...before, retried])}
          />
        ))}
      </ol>
      <More list={list}>Show more</More>
    </>
  );
}
