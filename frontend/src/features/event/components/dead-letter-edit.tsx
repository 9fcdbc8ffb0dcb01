import { type SyntheticEvent, useState } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { useEdit } from "@/features/event/api/dead-letter-decide";
import { WhyField } from "@/features/event/components/why-field";
import { type DeadLetter, envelopeOf, payloadOf } from "@/features/event/event";
import styles from "./dead-letter-item.module.css";

/** Mends the event of a dead letter; what came stays in its history. */
export function DeadLetterEdit({ letter, onDone }: { letter: DeadLetter; onDone: () => void }) {
  const [typed, setTyped] = useState(() => payloadOf(letter));
  const [why, setWhy] = useState("");
  const edit = useEdit(letter.id);
  const envelope = envelopeOf(typed);
  const refusal = "refusal" in envelope ? envelope.refusal : undefined;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if ("event" in envelope) edit.mutate({ event: envelope.event, why: why.trim() }, { onSuccess: onDone });
  };
  return (
    <form className={styles.edit} onSubmit={submit}>
      <Field label="Event" error={refusal}>
        {(described) => (
          <textarea
            {...described}
            rows={14}
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      <WhyField value={why} onChange={setWhy} />
      {edit.isError && <ProblemNotice thrown={edit.error} />}
      <div className={styles.ways}>
        <Button type="submit" look="solid" small disabled={edit.isPending || refusal !== undefined}>
          {edit.isPending ? "Saving" : "Save event"}
        </Button>
        <Button look="quiet" small onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
