import { Button } from "@/components/button";
import { BASE } from "@/config/config";
import { adviceOf, asProblem } from "@/lib/problem";
import { capitalized } from "@/lib/text";
import styles from "./notice.module.css";

interface Props {
  thrown: unknown;
  onRetry?: () => void;
}

/** What went wrong, in the words of whoever refused, and what can be done. */
export function ProblemNotice({ thrown, onRetry }: Props) {
  const problem = asProblem(thrown);
  const advice = adviceOf(problem);
  return (
    <div className={`${styles.notice} ${styles.problem}`} role="alert">
      <p className={styles.title}>{problem.title}</p>
      {problem.detail !== problem.title && <p>{sentence(problem.detail)}</p>}
      {advice && <p>{advice}</p>}
      {problem.status === 401 && <a href={signInAddress()}>Sign in</a>}
      {problem.instance && <p className={styles.instance}>Call {problem.instance}</p>}
      {onRetry && (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** A whole page load: the notice also stands where there is no router. */
function signInAddress(): string {
  const here = location.pathname.replace(BASE, "/") + location.search;
  return `${BASE}sign-in?next=${encodeURIComponent(here)}`;
}

function sentence(detail: string): string {
  const told = capitalized(detail);
  return /[.?!]$/.test(told) ? told : `${told}.`;
}
