import { useState } from "react";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { useDiscard, useRestore } from "@/features/event/api/dead-letter-decide";
import { useDeadLetterRetry } from "@/features/event/api/dead-letter-retry";
import { DeadLetterEdit } from "@/features/event/components/dead-letter-edit";
import { DeadLetterFacts } from "@/features/event/components/dead-letter-facts";
import { DeadLetterHistory } from "@/features/event/components/dead-letter-history";
import { type DeadLetter, payloadOf, STATES } from "@/features/event/event";
import styles from "./dead-letter-item.module.css";

interface Props {
  letter: DeadLetter;
  onRetried?: (letter: DeadLetter) => void;
}

/** One delivery that was given up: why, since when, and the ways on. */
export function DeadLetterItem({ letter, onRetried }: Props) {
  const retry = useDeadLetterRetry();
  const restore = useRestore();
  const [editing, setEditing] = useState(false);
  const [open, setOpen] = useState(false);
  const { state } = retry.data ?? letter;
  const send = () => retry.mutate(letter.id, { onSuccess: onRetried });
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
            <Button look="quiet" small onClick={() => setEditing(!editing)} aria-expanded={editing}>
              Edit
            </Button>
            <Button look="solid" small disabled={retry.isPending} onClick={send}>
              {retry.isPending ? "Sending back" : "Retry"}
            </Button>
          </div>
        )}
        {state === "discarded" && (
          <Button small disabled={restore.isPending} onClick={() => restore.mutate({ id: letter.id, why: "" })}>
            Restore
          </Button>
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
      {letter.state === "discarded" && letter.why && <p className={styles.why}>Discarded: {letter.why}</p>}
      {retry.isError && <ProblemNotice thrown={retry.error} />}
      {restore.isError && <ProblemNotice thrown={restore.error} />}
      {editing && <DeadLetterEdit letter={letter} onDone={() => setEditing(false)} />}
      <details className={styles.payload}>
        <summary>{letter.edited_at ? "Payload, edited" : "Payload"}</summary>
        <pre>{payloadOf(letter)}</pre>
      </details>
      <details className={styles.payload} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>History</summary>
        <DeadLetterHistory id={letter.id} open={open} />
      </details>
    </li>
  );
}

function Discard({ letter }: { letter: DeadLetter }) {
  const discard = useDiscard();
  const [why, setWhy] = useState("");
  return (
    <Confirm
      label="Discard"
      title="Discard this dead letter?"
      deed="Discard"
      pending={discard.isPending}
      disabled={why.trim() === ""}
      thrown={discard.error}
      onConfirm={() => discard.mutate({ id: letter.id, why: why.trim() })}
    >
      <p>
        {letter.function} never sees this {letter.type}. It can be restored from the discarded ones.
      </p>
      <Field label="Why">
        {(described) => (
          <input {...described} value={why} maxLength={500} autoComplete="off" onChange={(event) => setWhy(event.target.value)} />
        )}
      </Field>
    </Confirm>
  );
}
