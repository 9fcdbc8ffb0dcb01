import { useState } from "react";
import { Link } from "react-router";
import type { Schemas } from "@/api/operations";
import { Confirm } from "@/components/confirm";
import { Field } from "@/components/field";
import { Listing } from "@/components/listing";
import { Ago } from "@/components/timestamp";
import { useCauses } from "@/features/event/api/causes";
import { useRetryMany } from "@/features/event/api/runs";
import { durationOf } from "@/features/event/run";
import { itemsOf } from "@/lib/pages";
import { countOf } from "@/lib/text";
import styles from "./dead-letter-item.module.css";

type Cause = Schemas["Cause"];

const RATE = 50;

/** What stands in the way, and how many deliveries it holds up: mended once, retried together. */
export function CauseList({ onStarted }: { onStarted: () => void }) {
  const list = useCauses();
  const causes = itemsOf(list.data, ({ id }) => id);
  return (
    <Listing
      list={list}
      items={causes}
      label="Dead letters by cause"
      empty={{ title: "No dead letters", advice: "Every event reached every function that asked for it." }}
      more="Show more"
    >
      {(cause) => (
        <li key={cause.id} className={styles.letter} data-cause={cause.id} data-letters={cause.letters}>
          <div className={styles.head}>
            <div>
              <h3>{cause.function}</h3>
              <p className={styles.type}>
                <Link to={`?cause=${cause.id}`}>{countOf(cause.letters, "dead letter")}</Link>
              </p>
            </div>
            <div className={styles.ways}>
              <RetryAll cause={cause} onStarted={onStarted} />
            </div>
          </div>
          <p className={styles.reason}>
            {cause.reason}
            {cause.pattern && cause.pattern !== cause.reason && <span>{cause.pattern}</span>}
          </p>
          <p className={styles.why}>
            First <Ago time={cause.first_failed_at} />, last <Ago time={cause.last_failed_at} />
          </p>
        </li>
      )}
    </Listing>
  );
}

function RetryAll({ cause, onStarted }: { cause: Cause; onStarted: () => void }) {
  const retry = useRetryMany();
  const [why, setWhy] = useState("");
  const [rate, setRate] = useState(RATE);
  // What was seen when the question was asked: the group may grow while it is read.
  const [seen, setSeen] = useState(cause);
  const start = () =>
    retry.mutate(
      { cause: seen.id, seen_until: seen.seen_until, rate, why: why.trim() },
      { onSuccess: onStarted },
    );
  return (
    <Confirm
      label="Retry all"
      title={`Retry ${countOf(seen.letters, "dead letter")}?`}
      deed="Retry all"
      refusal="Not now"
      look="line"
      grave={false}
      pending={retry.isPending}
      disabled={!(rate >= 1 && rate <= 500)}
      thrown={retry.error}
      onOpen={() => setSeen(cause)}
      onConfirm={start}
    >
      <p>
        Exactly those that are here now go back to {seen.function}, which takes {durationOf(seen.letters, rate || 1)}. It can be
        paused and cancelled.
      </p>
      <Field label="A second" hint="1 to 500">
        {(described) => (
          <input {...described} type="number" min={1} max={500} value={rate || ""} onChange={(event) => setRate(event.target.valueAsNumber)} />
        )}
      </Field>
      <Field label="Why" hint="Stays in the list of actions">
        {(described) => (
          <input {...described} value={why} maxLength={500} autoComplete="off" onChange={(event) => setWhy(event.target.value)} />
        )}
      </Field>
    </Confirm>
  );
}
