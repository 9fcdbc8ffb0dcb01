import { useState } from "react";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { ProblemNotice } from "@/components/problem-notice";
import { Ago } from "@/components/timestamp";
import { useEnable, useTest, useUnsubscribe } from "@/features/event/api/subscriptions";
import { DeliveryList } from "@/features/event/components/delivery-list";
import { hindranceOf, outcomeOf, type Subscription, type Tested } from "@/features/event/subscription";
import styles from "./dead-letter-item.module.css";

/** One callback: of what it is told, how that goes, and the ways on. */
export function SubscriptionItem({ subscription }: { subscription: Subscription }) {
  const test = useTest();
  const enable = useEnable();
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
          <Button small disabled={test.isPending} onClick={() => test.mutate({ id })}>
            {test.isPending ? "Sending" : "Send a test"}
          </Button>
          {hindrance && (
            <Button look="solid" small disabled={enable.isPending} onClick={() => enable.mutate({ id })}>
              {enable.isPending ? "Enabling" : "Enable again"}
            </Button>
          )}
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
      {enable.isError && <ProblemNotice thrown={enable.error} />}
      {test.isError && <ProblemNotice thrown={test.error} />}
      {test.data && <Outcome tested={test.data} />}
      <dl className={styles.facts}>
        <Figure name="Delivered" value={subscription.delivered} />
        <Figure name="Waiting" value={subscription.waiting} />
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
    <Confirm
      label="Unsubscribe"
      title="Send it nothing more?"
      deed="Unsubscribe"
      pending={unsubscribe.isPending}
      thrown={unsubscribe.error}
      onConfirm={() => unsubscribe.mutate({ id })}
    >
      <p>What waits for {url} is not sent either.</p>
    </Confirm>
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

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value.toLocaleString("en-GB")}</dd>
    </div>
  );
}
