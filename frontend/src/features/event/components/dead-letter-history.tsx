import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { Ago } from "@/components/timestamp";
import { useDeadLetterGet } from "@/features/event/api/dead-letter-get";
import styles from "./dead-letter-item.module.css";

/** What came, and what operators did about it. */
export function DeadLetterHistory({ id, open }: { id: string; open: boolean }) {
  const found = useDeadLetterGet(id, open);
  if (found.isError) return <ProblemNotice thrown={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Lines count={2} />;
  const { actions, original } = found.data;
  return (
    <>
      {actions.length === 0 && <p className={styles.why}>Nobody has done anything about it.</p>}
      <ol className={styles.actions} role="list">
        {actions.map((action) => (
          <li key={`${action.at} ${action.action}`}>
            <b>{action.action}</b> <Ago time={action.at} /> by {action.caller}
            {action.why && `: ${action.why}`}
          </li>
        ))}
      </ol>
      <p className={styles.why}>As it came:</p>
      <pre>{original}</pre>
    </>
  );
}
