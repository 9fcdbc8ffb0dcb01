import type { ReactNode } from "react";
import styles from "./sheet.module.css";

/** Continuous paper: a sheet with the holes by which a printer pulls it. */
export function Sheet({ children }: { children: ReactNode }) {
  return <div className={styles.sheet}>{children}</div>;
}
