import { Button } from "@/components/button";
import { ProblemNotice } from "@/components/problem-notice";
import { useReconcile } from "@/features/user/api/reconcile";
import { countOf } from "@/lib/text";
import styles from "./member-list.module.css";

/** Makes up for webhooks of Clerk that never came. It happens each hour by itself. */
export function Reconcile() {
  const reconcile = useReconcile();
  const { data } = reconcile;
  return (
    <div className={styles.foot}>
      <Button small disabled={reconcile.isPending} onClick={() => reconcile.mutate()}>
        {reconcile.isPending ? "Comparing with Clerk" : "Compare with Clerk"}
      </Button>
      <p role="status">
        {data
          ? `${countOf(data.checked, "member")} compared: ${data.changed} changed, ${data.deleted} gone.`
          : "Finds what webhooks have missed; it also happens each hour."}
      </p>
      {reconcile.isError && <ProblemNotice thrown={reconcile.error} />}
    </div>
  );
}
