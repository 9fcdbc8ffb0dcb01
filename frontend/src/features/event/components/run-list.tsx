import { Button } from "@/components/button";
import { Listing } from "@/components/listing";
import { ProblemNotice } from "@/components/problem-notice";
import { Ago } from "@/components/timestamp";
import { type Turn, useRuns, useTurn } from "@/features/event/api/runs";
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
  const turn = useTurn(run);
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
          {run.state === "running" && <Way turn="event-replay-pause" mutation={turn}>Pause</Way>}
          {run.state === "paused" && <Way turn="event-replay-resume" mutation={turn}>Resume</Way>}
          {!hasEnded(run) && <Way turn="event-replay-cancel" mutation={turn}>Cancel</Way>}
        </div>
      </div>
      <progress className={styles.progress} value={part} aria-label={`${Math.floor(100 * part)} % done`} />
      <p className={styles.facts}>
        <b>{PHASES[run.state]}</b>, {run.done.toLocaleString("en-GB")} of {countOf(run.total, noun)}
        {run.state === "running" && `, ${durationOf(run.total - run.done, run.rate)} left at ${run.rate} a second`}
        {". Begun "}
        <Ago time={run.started_at} /> by {run.started_by}.
      </p>
      {turn.isError && <ProblemNotice thrown={turn.error} />}
    </li>
  );
}

function Way({ turn, mutation, children }: { turn: Turn; mutation: ReturnType<typeof useTurn>; children: string }) {
  return (
    <Button small look="quiet" disabled={mutation.isPending} onClick={() => mutation.mutate(turn)}>
      {children}
    </Button>
  );
}
