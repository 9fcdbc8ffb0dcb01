import { useState } from "react";
import { Ago } from "@/components/timestamp";
import { useEnable, useTest, useUnsubscribe } from "@/features/event/api/subscriptions";
import { DeliveryList } from "@/features/event/components/delivery-list";
import { Reasoned } from "@/features/event/components/reasoned";
import { hindranceOf, outcomeOf, type Subscription, type Tested } from "@/features/event/subscription";
import styles from "./dead-letter-item.module.css";

/** One callback: of what it is told, how that goes, and the ways on. */
export function SubscriptionItem({ subscription }: { subscription: Subscription }) {
  const test = useTest();
  const [open, setOpen] = useState(false);
  const { id, type, url, state } = subscription;
  const hindrance = hindranceOf(subscription);
  return (
    <li className={styles.letter} data-subscription={id} data-state={state}>
      <div className={styles.head}>
        <div>
          <h3>{url}</h3>
          <p className={styles.type}>{type}</p>
        </div>
        <div className={styles.ways}>
          <Unsubscribe subscription={subscription} />
          <Reasoned
            label="Send a test"
            title="Send it a test?"
            deed="Send it"
            refusal="Not now"
            look="line"
            pending={test.isPending}
            thrown={test.error}
            onDeed={(why, close) => test.mutate({ id, why }, { onSuccess: close })}
          >
            <p>An event of no meaning goes to {url}, now and once.</p>
          </Reasoned>
          {hindrance && <Enable subscription={subscription} />}
        </div>
      </div>
      {hindrance && <p className={styles.reason}>{hindrance}</p>}
      {subscription.failing_since && (
        <p className={styles.reason}>
          Failing since <Ago time={subscription.failing_since} />
          <span>
            {subscription.last_status > 0 && `${subscription.last_status} `}
            {subscription.last_error}
          </span>
        </p>
      )}
      {test.data && <Outcome tested={test.data} />}
      <dl className={styles.facts}>
        <Figure name="Delivered" value={subscription.delivered} />
        <Figure name="Waiting" value={subscription.waiting} most={10_000} />
        <Figure name="Given up" value={subscription.failed} />
      </dl>
      <details className={styles.payload} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Deliveries</summary>
        <DeliveryList subscription={id} open={open} />
      </details>
    </li>
  );
}

function Unsubscribe({ subscription: { id, url } }: { subscription: Subscription }) {
  const unsubscribe = useUnsubscribe();
  return (
    <Reasoned
      label="Unsubscribe"
      title="Send it nothing more?"
      deed="Unsubscribe"
      grave
      pending={unsubscribe.isPending}
      thrown={unsubscribe.error}
      onDeed={(why) => unsubscribe.mutate({ id, why })}
    >
      <p>What waits for {url} is not sent either.</p>
    </Reasoned>
  );
}

function Enable({ subscription: { id, url } }: { subscription: Subscription }) {
  const enable = useEnable();
  return (
    <Reasoned
      label="Enable again"
      title="Tell it of events again?"
      deed="Enable"
      refusal="Not now"
      look="solid"
      pending={enable.isPending}
      thrown={enable.error}
      onDeed={(why, close) => enable.mutate({ id, why }, { onSuccess: close })}
    >
      <p>{url} begins anew: what happened meanwhile is not told.</p>
    </Reasoned>
  );
}

function Outcome({ tested }: { tested: Tested }) {
  return (
    <p className={tested.arrived ? styles.arrived : styles.reason} role="status" data-test={tested.event_id}>
      {outcomeOf(tested)}
      {tested.error && <span>{tested.error}</span>}
      <span className={styles.sent}>Event {tested.event_id}</span>
    </p>
  );
}

function Figure({ name, value, most = Infinity }: { name: string; value: number; most?: number }) {
  const counted = Math.min(value, most).toLocaleString("en-GB");
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value > most ? `over ${counted}` : counted}</dd>
    </div>
  );
}
