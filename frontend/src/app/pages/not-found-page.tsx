import { Link } from "react-router";
import { EmptyNotice } from "@/components/empty-notice";
import { useTitle } from "@/lib/use-title";
import styles from "./column.module.css";

export function NotFoundPage({ what = "page" }: { what?: string }) {
  useTitle("Nothing here");
  return (
    <div className={styles.column}>
      <h1 className={styles.title}>This {what} is not in the stack</h1>
      <EmptyNotice title={`There is no ${what} under this address`}>
        <p>It may have been deleted, or the address may be mistyped.</p>
        <Link to="/">Go to the newest posts</Link>
      </EmptyNotice>
    </div>
  );
}
