import type { ReactNode } from "react";
import { Ago } from "@/components/timestamp";
import type { DeadLetter } from "@/features/event/event";
import styles from "./dead-letter-item.module.css";

/** When it failed, how often, and when it was sent back. */
export function DeadLetterFacts({ letter }: { letter: DeadLetter }) {
  return (
    <dl className={styles.facts}>
      <Fact name="Attempts">{letter.attempts}</Fact>
      {letter.last_status > 0 && <Fact name="Last status">{letter.last_status}</Fact>}
      <Fact name="First failure">
        <Ago time={letter.first_failed_at} />
      </Fact>
      <Fact name="Last failure">
        <Ago time={letter.last_failed_at} />
      </Fact>
      {letter.function_version && (
        <Fact name="Version">
          <span className={styles.version}>{letter.function_version}</span>
        </Fact>
      )}
      {letter.retried_at && (
        <Fact name="Sent back">
          <Ago time={letter.retried_at} />
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
