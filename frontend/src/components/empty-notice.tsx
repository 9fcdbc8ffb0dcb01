import type { ReactNode } from "react";
import styles from "./notice.module.css";

/** A place where nothing is yet, and how something gets there. */
export function EmptyNotice({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.notice}>
      <p className={styles.title}>{title}</p>
      {children && <div className={styles.more}>{children}</div>}
    </div>
  );
}
