import type { ReactNode } from "react";
import styles from "./notice.module.css";

/** Something is wrong although nothing was refused, and where to look. */
export function AlarmNotice({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={`${styles.notice} ${styles.problem}`} role="alert">
      <p className={styles.title}>{title}</p>
      {children}
    </div>
  );
}
