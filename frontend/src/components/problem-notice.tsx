import { Button } from "@/components/button";
import { asProblem } from "@/lib/problem";
import { capitalized } from "@/lib/text";
import styles from "./notice.module.css";

interface Props {
  thrown: unknown;
  onRetry?: () => void;
}

/** What went wrong, in the words of whoever refused, and what can be done. */
export function ProblemNotice({ thrown, onRetry }: Props) {
  const problem = asProblem(thrown);
  return (
    <div className={`${styles.notice} ${styles.problem}`} role="alert">
      <p className={styles.title}>{problem.title}</p>
      {problem.detail !== problem.title && <p>{sentence(problem.detail)}</p>}
      {problem.instance && <p className={styles.instance}>Call {problem.instance}</p>}
      {onRetry && (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

function sentence(detail: string): string {
  const told = capitalized(detail);
  return /[.?!]$/.test(told) ? told : `${told}.`;
}
