import { useState } from "react";
import { Button } from "@/components/button";
import { DeadLetterEdit } from "@/features/event/components/dead-letter-edit";
import { DeadLetterFacts } from "@/features/event/components/dead-letter-facts";
import { DeadLetterHistory } from "@/features/event/components/dead-letter-history";
import { Discard, Restore, Retry } from "@/features/event/components/dead-letter-ways";
import { type DeadLetter, payloadOf, STATES, UNKNOWN } from "@/features/event/event";
import styles from "./dead-letter-item.module.css";

interface Props {
  letter: DeadLetter;
  onRetried: (letter: DeadLetter) => void;
}

/** One delivery that was given up: why, since when, and the ways on. */
export function DeadLetterItem({ letter, onRetried }: Props) {
  const [editing, setEditing] = useState(false);
  const [open, setOpen] = useState(false);
  const { state } = letter;
  return (
    <li className={styles.letter} data-dead-letter={letter.id} data-function={letter.function} data-state={state}>
      <div className={styles.head}>
        <div>
          <h3>{letter.function}</h3>
          <p className={styles.type}>
            {letter.type} {letter.event_id && <span>{letter.event_id}</span>}
          </p>
        </div>
        {state === "waiting" && (
          <div className={styles.ways}>
            <Discard letter={letter} />
            {letter.function !== UNKNOWN && (
              <>
                <Button look="quiet" small onClick={() => setEditing(!editing)} aria-expanded={editing}>
                  Edit
                </Button>
                <Retry letter={letter} onRetried={onRetried} />
              </>
            )}
          </div>
        )}
        {state === "discarded" && (
          <div className={styles.ways}>
            <Restore letter={letter} />
          </div>
        )}
        {(state === "retried" || state === "retrying") && (
          <p className={styles.retried}>{state === "retried" ? "Sent back" : STATES.find(({ value }) => value === state)?.label}</p>
        )}
      </div>
      <p className={styles.reason}>
        {letter.reason}
        {letter.last_error && letter.last_error !== letter.reason && <span>{letter.last_error}</span>}
      </p>
      <DeadLetterFacts letter={letter} />
      {state === "discarded" && letter.why && (
        <p className={styles.why}>
          Discarded: {letter.why}
        </p>
      )}
      {editing && <DeadLetterEdit letter={letter} onDone={() => setEditing(false)} />}
      <div className={styles.more}>
        {letter.stack && (
          <details className={styles.payload}>
            <summary>Stack</summary>
            <pre>{letter.stack}</pre>
          </details>
        )}
        <details className={styles.payload}>
          <summary>{letter.edited_at ? "Payload, edited" : "Payload"}</summary>
          <pre>{payloadOf(letter)}</pre>
        </details>
        <details className={styles.payload} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>History</summary>
          <DeadLetterHistory id={letter.id} open={open} />
        </details>
      </div>
    </li>
  );
}
