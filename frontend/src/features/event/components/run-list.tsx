import type { ReactNode } from "react";
import { Listing } from "@/components/listing";
import { Ago } from "@/components/timestamp";
import { type Turn, useRuns, useTurn } from "@/features/event/api/runs";
import { Reasoned } from "@/features/event/components/reasoned";
import { durationOf, hasEnded, PHASES, type Run } from "@/features/event/run";
import { itemsOf } from "@/lib/pages";
import { countOf } from "@/lib/text";
import styles from "./run-list.module.css";

/** Replays and retries of many, the latest first, with how far they are. */
export function RunList() {
  const list = useRuns();
  return (
    <Listing
      list={list}
      items={itemsOf(list.data, ({ id }) => id)}
      label="Runs, the latest first"
      empty={{ title: "Nothing was run yet", advice: "A replay tells one function again what it was told before." }}
      more="Show earlier runs"
    >
      {(run) => <RunRow key={run.id} run={run} />}
    </Listing>
  );
}

function RunRow({ run }: { run: Run }) {
  const part = run.total === 0 ? 1 : run.done / run.total;
  const noun = run.kind === "replay" ? "event" : "dead letter";
  const slice = [...run.types, run.subject].filter(Boolean).join(", ");
  return (
    <li className={styles.run} data-run={run.id} data-state={run.state}>
      <div className={styles.head}>
        <div>
          <h3>{run.function || "Several functions"}</h3>
          <p className={styles.slice}>
            {run.kind === "replay" ? `Replay of ${slice || "everything"}` : "Retry of dead letters"}
          </p>
        </div>
        <div className={styles.ways}>
          {run.state === "running" && (
            <Way run={run} turn="event-replay-pause" label="Pause" title="Pause this run?" refusal="Let it run">
              It stands still until it is resumed.
            </Way>
          )}
          {run.state === "paused" && (
            <Way run={run} turn="event-replay-resume" label="Resume" title="Let this run go on?" refusal="Not now">
              The rest takes {durationOf(run.total - run.done, run.rate)} at {run.rate} a second.
            </Way>
          )}
          {!hasEnded(run) && (
            <Way run={run} turn="event-replay-cancel" label="Cancel" deed="Cancel it" title="Cancel this run?" grave>
              {run.kind === "replay"
                ? "What was told stays told, and the rest of the slice is not told."
                : "Dead letters that it has not sent wait again."}
            </Way>
          )}
        </div>
      </div>
      <progress className={styles.progress} value={part} aria-label={`${Math.floor(100 * part)} % done`} />
      <p className={styles.facts}>
        <b>{PHASES[run.state]}</b>, {run.done.toLocaleString("en-GB")} of {countOf(run.total, noun)}
        {run.state === "running" && `, ${durationOf(run.total - run.done, run.rate)} left at ${run.rate} a second`}
        {run.waits_for.length > 0 && `, waits for ${run.waits_for.join(", ")} to take what is queued`}
        {". Begun "}
        <Ago time={run.started_at} /> by {run.started_by}.
      </p>
    </li>
  );
}

interface WayProps {
  run: Run;
  turn: Turn;
  label: string;
  deed?: string;
  title: string;
  refusal?: string;
  grave?: boolean;
  children: ReactNode;
}

function Way({ run, turn, children, deed, ...asked }: WayProps) {
  const mutation = useTurn(turn, run);
  return (
    <Reasoned
      {...asked}
      deed={deed ?? asked.label}
      pending={mutation.isPending}
      thrown={mutation.error}
      onDeed={(why, close) => mutation.mutate(why, { onSuccess: close })}
    >
      <p>{children}</p>
    </Reasoned>
  );
}
