import { Button } from "@/components/button";
import { ProblemNotice } from "@/components/problem-notice";
import { Ago } from "@/components/timestamp";
import { useDeadLetterRetry } from "@/features/event/api/dead-letter-retry";
import { type DeadLetter, payloadOf } from "@/features/event/event";
import styles from "./dead-letter-item.module.css";

interface Props {
  letter: DeadLetter;
  onRetried?: (letter: DeadLetter) => void;
}

/** One delivery that was given up: why, since when, and the way back. */
export function DeadLetterItem({ letter, onRetried }: Props) {
  const retry = useDeadLetterRetry();
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
        {state === "waiting" ? (
          <Button look="solid" small disabled={retry.isPending} onClick={send}>
            {retry.isPending ? "Sending back" : "Retry"}
          </Button>
        ) : (
          <p className={styles.retried}>Sent back</p>
        )}
      </div>
      <p className={styles.reason}>
        {letter.reason}
        {letter.last_error && letter.last_error !== letter.reason && <span>{letter.last_error}</span>}
      </p>
      <dl className={styles.facts}>
        <div>
          <dt>Attempts</dt>
          <dd>{letter.attempts}</dd>
        </div>
        {letter.last_status > 0 && (
          <div>
            <dt>Last status</dt>
            <dd>{letter.last_status}</dd>
          </div>
        )}
        <div>
          <dt>First failure</dt>
          <dd>
            <Ago time={letter.first_failed_at} />
          </dd>
        </div>
        <div>
          <dt>Last failure</dt>
          <dd>
            <Ago time={letter.last_failed_at} />
          </dd>
        </div>
        {letter.retried_at && (
          <div>
            <dt>Sent back</dt>
            <dd>
              <Ago time={letter.retried_at} />
            </dd>
          </div>
        )}
      </dl>
      {retry.isError && <ProblemNotice thrown={retry.error} />}
      <details className={styles.payload}>
        <summary>Payload</summary>
        <pre>{payloadOf(letter)}</pre>
      </details>
    </li>
  );
}
