import { Link } from "react-router";
import { AlarmNotice } from "@/components/alarm-notice";
import { alarmOf } from "@/features/event/conflict";
import styles from "./listing.module.css";

/** Nothing as long as every event had its place to itself. */
export function ConflictAlarm({ conflicts }: { conflicts: number }) {
  if (conflicts === 0) return null;
  return (
    <div className={styles.alarm} data-conflicts={conflicts}>
      <AlarmNotice title={alarmOf(conflicts)}>
        <p>One version of one subject is one event. Whoever published a second has a defect; the log keeps it apart.</p>
        <Link to="/events/conflicts">Show the conflicts</Link>
      </AlarmNotice>
    </div>
  );
}
