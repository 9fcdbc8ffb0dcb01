import { useRouteError } from "react-router";
import { ProblemNotice } from "@/components/problem-notice";
import styles from "./column.module.css";

/** A page that could not be shown: most often its code is of a version that was replaced. */
export function BrokenPage() {
  const thrown = useRouteError();
  return (
    <main className={styles.column}>
      <h1 className={styles.title}>The paper jammed</h1>
      <ProblemNotice thrown={thrown} onRetry={() => location.reload()} />
    </main>
  );
}
