import { useState } from "react";
import { Confirm } from "@/components/confirm";
import { useDiscard, useRestore } from "@/features/event/api/dead-letter-decide";
import { useDeadLetterRetry } from "@/features/event/api/dead-letter-retry";
import { WhyField } from "@/features/event/components/why-field";
import type { DeadLetter } from "@/features/event/event";

interface Props {
  letter: DeadLetter;
}

/** Sends a dead letter to its function once more; the reason is for those who look later. */
export function Retry({ letter, onRetried }: Props & { onRetried: (letter: DeadLetter) => void }) {
  const retry = useDeadLetterRetry();
  const [why, setWhy] = useState("");
  // What is sent back may leave the list before it is told: the promise comes in any case.
  const send = () => void retry.mutateAsync({ id: letter.id, why: why.trim() }).then(onRetried, () => undefined);
  return (
    <Confirm
      label="Retry"
      title="Send it back?"
      deed={retry.isPending ? "Sending back" : "Retry"}
      refusal="Not now"
      look="solid"
      grave={false}
      pending={retry.isPending}
      thrown={retry.error}
      onConfirm={send}
    >
      <p>
        {letter.function} is told of this {letter.type} once more. If it fails again, it returns here.
      </p>
      <WhyField value={why} hint="Not needed; stays in its history" onChange={setWhy} />
    </Confirm>
  );
}

export function Discard({ letter }: Props) {
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
      <WhyField value={why} onChange={setWhy} />
    </Confirm>
  );
}

export function Restore({ letter }: Props) {
  const restore = useRestore();
  const [why, setWhy] = useState("");
  return (
    <Confirm
      label="Restore"
      title="Restore this dead letter?"
      deed="Restore"
      refusal="Not now"
      look="line"
      grave={false}
      pending={restore.isPending}
      thrown={restore.error}
      onConfirm={() => restore.mutate({ id: letter.id, why: why.trim() })}
    >
      <p>It waits for a decision again. Nothing is sent to {letter.function} yet.</p>
      <WhyField value={why} hint="Not needed; stays in its history" onChange={setWhy} />
    </Confirm>
  );
}
