import { type SyntheticEvent, useState } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { useReplay } from "@/features/event/api/runs";
import { LASTING } from "@/features/event/event";
import { durationOf } from "@/features/event/run";
import { countOf } from "@/lib/text";
import styles from "@/components/sheet-form.module.css";

const EMPTY = { function: "", type: "", subject: "", since: "", until: "", rate: "50", why: "" };

/** A slice of history for one function: counted first, told when the count is what was meant. */
export function ReplayForm({ onStarted }: { onStarted: () => void }) {
  const [typed, setTyped] = useState(EMPTY);
  const count = useReplay();
  const replay = useReplay();
  const counted = count.data;
  const ask = (dryRun: boolean) => ({
    function: typed.function.trim(),
    type: typed.type.trim(),
    subject: typed.subject.trim(),
    ...(typed.since && { since: new Date(typed.since).toISOString() }),
    ...(typed.until && { until: new Date(typed.until).toISOString() }),
    rate: Number(typed.rate),
    why: typed.why.trim(),
    dry_run: dryRun,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    count.mutate(ask(true));
  };
  const start = () =>
    replay.mutate(ask(false), {
      onSuccess: () => {
        setTyped(EMPTY);
        count.reset();
        onStarted();
      },
    });
  const text = (name: keyof typeof EMPTY) => ({
    value: typed[name],
    autoComplete: "off",
    spellCheck: false,
    onChange: (event: { target: { value: string } }) => {
      setTyped((before) => ({ ...before, [name]: event.target.value }));
      // Another slice is another count.
      if (name !== "why") count.reset();
    },
  });
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.fields}>
        <Field label="Function" hint="It alone is told again">
          {(described) => <input {...described} {...text("function")} required pattern="[a-z0-9\-]+" placeholder="like-on-post-created" />}
        </Field>
        <Field label="Types" hint="Patterns, with commas; empty for all">
          {(described) => <input {...described} {...text("type")} maxLength={1000} placeholder="post.*" />}
        </Field>
        <Field label="Subject" hint="One aggregate; empty for all">
          {(described) => <input {...described} {...text("subject")} maxLength={500} placeholder="post/…" />}
        </Field>
        <Field label="Since">{(described) => <input {...described} {...text("since")} type="datetime-local" />}</Field>
        <Field label="Until">{(described) => <input {...described} {...text("until")} type="datetime-local" />}</Field>
        <Field label="A second" hint="1 to 500">
          {(described) => <input {...described} {...text("rate")} type="number" min={1} max={500} required />}
        </Field>
        <div className={styles.whole}>
          <Field label="Why" hint={LASTING}>
            {(described) => <input {...described} {...text("why")} maxLength={500} />}
          </Field>
        </div>
      </div>
      {count.isError && <ProblemNotice thrown={count.error} />}
      {replay.isError && <ProblemNotice thrown={replay.error} />}
      <div className={styles.ways}>
        <Button type="submit" look={counted ? "line" : "solid"} disabled={count.isPending}>
          {count.isPending ? "Counting" : "Count first"}
        </Button>
        {counted && (
          <>
            <Button look="solid" disabled={replay.isPending || counted.total === 0} onClick={start}>
              {replay.isPending ? "Starting" : `Replay ${countOf(counted.total, "event")}`}
            </Button>
            <p role="status">
              {counted.total === 0
                ? "The slice holds no event."
                : `Takes ${durationOf(counted.total, counted.rate)}, and nobody but ${counted.function} is told.`}
            </p>
          </>
        )}
      </div>
    </form>
  );
}
