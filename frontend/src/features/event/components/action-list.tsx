import { Listing } from "@/components/listing";
import { Ago } from "@/components/timestamp";
import { useActions } from "@/features/event/api/actions";
import { itemsOf } from "@/lib/pages";
import { capitalized } from "@/lib/text";
import styles from "./action-list.module.css";

/** Who did what, to what, and why. */
export function ActionList({ target }: { target: string }) {
  const list = useActions(target);
  return (
    <Listing
      list={list}
      items={itemsOf(list.data, ({ id }) => id)}
      label="Actions, the latest first"
      empty={{ title: "Nobody has done anything", advice: "What operators retry, edit, discard or replay is kept here." }}
      more="Show earlier actions"
    >
      {(deed) => (
        <li key={deed.id} className={styles.deed} data-action={deed.what} data-target={deed.target}>
          <p>
            <b>{capitalized(deed.what)}</b>
            {deed.count > 1 && ` (${deed.count.toLocaleString("en-GB")})`} <span className={styles.target}>{deed.target}</span>
          </p>
          <p className={styles.who}>
            {deed.who}, <Ago time={deed.at} />
            {deed.why && `: ${deed.why}`}
          </p>
        </li>
      )}
    </Listing>
  );
}
