import { useState } from "react";
import { Link } from "react-router";
import { Listing } from "@/components/listing";
import { Ago } from "@/components/timestamp";
import { useCauses } from "@/features/event/api/causes";
import { type Decision, DiscardAll, RestoreAll, RetryAll, TakeBack } from "@/features/event/components/cause-ways";
import { type DeadLetter, NONE, searchOf, UNKNOWN } from "@/features/event/event";
import { itemsOf } from "@/lib/pages";
import { countOf } from "@/lib/text";
import styles from "./dead-letter-item.module.css";
import listing from "./listing.module.css";

interface Props {
  state: DeadLetter["state"];
  onStarted: () => void;
}

type Told = { discarded: Decision } | { restored: number; of: string };

/** What stands in the way, and how many deliveries it holds up: mended once, decided together. */
export function CauseList({ state, onStarted }: Props) {
  const list = useCauses(state);
  const causes = itemsOf(list.data, ({ id }) => id);
  const [told, setTold] = useState<Told>();
  return (
    <>
      <div role="status">
        {told && "discarded" in told && (
          <div className={listing.decided} data-discarded={told.discarded.count}>
            <p>
              Discarded <b>{countOf(told.discarded.count, "dead letter")}</b> of <b>{told.discarded.cause.function}</b>.
            </p>
            <TakeBack
              decision={told.discarded}
              onRestored={(count) => setTold({ restored: count, of: told.discarded.cause.function })}
            />
          </div>
        )}
        {told && "restored" in told && (
          <div className={listing.decided} data-restored={told.restored}>
            <p>
              Restored <b>{countOf(told.restored, "dead letter")}</b> of <b>{told.of}</b>, <Link to={searchOf({ state: "waiting", grouped: true, cause: "" })}>waiting</Link> again.
            </p>
          </div>
        )}
      </div>
      <Listing list={list} items={causes} label="Dead letters by cause" empty={NONE[state]} more="Show more">
        {(cause) => (
          <li key={cause.id} className={styles.letter} data-cause={cause.id} data-letters={cause.letters}>
            <div className={styles.head}>
              <div>
                <h3>{cause.function}</h3>
                <p className={styles.type}>
                  <Link to={searchOf({ state, grouped: false, cause: cause.id })}>{countOf(cause.letters, "dead letter")}</Link>
                </p>
              </div>
              {state === "waiting" && (
                <div className={styles.ways}>
                  <DiscardAll cause={cause} onDiscarded={(discarded) => setTold({ discarded })} />
                  {cause.function !== UNKNOWN && <RetryAll cause={cause} onStarted={onStarted} />}
                </div>
              )}
              {state === "discarded" && (
                <div className={styles.ways}>
                  <RestoreAll cause={cause} onRestored={(restored) => setTold({ restored, of: cause.function })} />
                </div>
              )}
            </div>
            <p className={styles.reason}>
              {cause.reason}
              {cause.pattern && cause.pattern !== cause.reason && <span>{cause.pattern}</span>}
            </p>
            <p className={styles.why}>
              First <Ago time={cause.first_failed_at} />, last <Ago time={cause.last_failed_at} />
            </p>
          </li>
        )}
      </Listing>
    </>
  );
}
