import { type ReactNode, useState } from "react";
import type { Schemas } from "@/api/operations";
import { Confirm } from "@/components/confirm";
import { Field } from "@/components/field";
import { useDiscardSeen, useRestoreSeen } from "@/features/event/api/dead-letter-decide";
import { useRetryMany } from "@/features/event/api/runs";
import { WhyField } from "@/features/event/components/why-field";
import { LASTING } from "@/features/event/event";
import { durationOf } from "@/features/event/run";
import { countOf } from "@/lib/text";

type Cause = Schemas["Cause"];

interface Way {
  cause: Cause;
}

/** What a decision about a cause changed, and when: by which it is taken back. */
export interface Decision {
  cause: Cause;
  count: number;
  at: string;
}

const RATE = 50;
// An answer comes after the list has changed, and a way may have gone with its cause by then.
const told = () => undefined;

export function RetryAll({ cause, onStarted }: Way & { onStarted: () => void }) {
  const retry = useRetryMany();
  const [why, setWhy] = useState("");
  const [rate, setRate] = useState(RATE);
  // What was seen when the question was asked: the group may grow while it is read.
  const [seen, setSeen] = useState(cause);
  const start = () =>
    void retry.mutateAsync({ cause: seen.id, seen_until: seen.seen_until, rate, why: why.trim() }).then(onStarted, told);
  return (
    <Confirm
      label="Retry all"
      title={`Retry ${countOf(seen.letters, "dead letter")}?`}
      deed="Retry all"
      refusal="Not now"
      look="solid"
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
      <WhyField value={why} hint={LASTING} onChange={setWhy} />
    </Confirm>
  );
}

export function DiscardAll({ cause, onDiscarded }: Way & { onDiscarded: (decision: Decision) => void }) {
  const discard = useDiscardSeen();
  const [why, setWhy] = useState("");
  const [seen, setSeen] = useState(cause);
  const start = () =>
    void discard
      .mutateAsync({ cause: seen.id, seen_until: seen.seen_until, why: why.trim() })
      .then(({ count, at }) => onDiscarded({ cause: seen, count, at }), told);
  return (
    <Confirm
      label="Discard all"
      title={`Discard ${countOf(seen.letters, "dead letter")}?`}
      deed={discard.isPending ? "Discarding" : "Discard all"}
      refusal={seen.letters === 1 ? "Keep it" : "Keep them"}
      pending={discard.isPending}
      disabled={why.trim() === ""}
      thrown={discard.error}
      onOpen={() => setSeen(cause)}
      onConfirm={start}
    >
      <p>{seen.function} never sees those that are here now. They can be restored, all of them or one by one.</p>
      <WhyField value={why} hint={`Needed. ${LASTING}`} onChange={setWhy} />
    </Confirm>
  );
}

interface Restoring {
  label: string;
  count: number;
  children: ReactNode;
  seen: { cause: string; seen_from?: string; seen_until: string };
  onOpen?: () => void;
  onRestored: (count: number) => void;
}

function Restoring({ label, count, children, seen, onOpen, onRestored }: Restoring) {
  const restore = useRestoreSeen();
  const [why, setWhy] = useState("");
  const start = () => void restore.mutateAsync({ ...seen, why: why.trim() }).then((decided) => onRestored(decided.count), told);
  return (
    <Confirm
      label={label}
      title={`Restore ${countOf(count, "dead letter")}?`}
      deed={restore.isPending ? "Restoring" : label}
      refusal="Not now"
      look="line"
      grave={false}
      pending={restore.isPending}
      thrown={restore.error}
      onConfirm={start}
      {...(onOpen && { onOpen })}
    >
      {children}
      <WhyField value={why} hint={`Not needed. ${LASTING}`} onChange={setWhy} />
    </Confirm>
  );
}

export function RestoreAll({ cause, onRestored }: Way & { onRestored: (count: number) => void }) {
  const [seen, setSeen] = useState(cause);
  return (
    <Restoring
      label="Restore all"
      count={seen.letters}
      seen={{ cause: seen.id, seen_until: seen.seen_until }}
      onOpen={() => setSeen(cause)}
      onRestored={onRestored}
    >
      <p>Exactly those that are here now wait for a decision again. Nothing is sent to {seen.function} yet.</p>
    </Restoring>
  );
}

/** The way back from a decision: what it discarded, and nothing that was discarded before it. */
export function TakeBack({ decision: { cause, count, at }, onRestored }: { decision: Decision; onRestored: (count: number) => void }) {
  return (
    <Restoring label="Take back" count={count} seen={{ cause: cause.id, seen_from: at, seen_until: at }} onRestored={onRestored}>
      <p>What you have discarded just now waits for a decision again, and nothing besides.</p>
    </Restoring>
  );
}
