import { useState } from "react";
import type { Schemas } from "@/api/operations";
import { Confirm } from "@/components/confirm";
import { Listing } from "@/components/listing";
import { Ago } from "@/components/timestamp";
import { useDeliveries, useSubscriptions, useUnsubscribe } from "@/features/event/api/subscriptions";
import { itemsOf } from "@/lib/pages";
import { capitalized } from "@/lib/text";
import styles from "./dead-letter-item.module.css";

type Subscription = Schemas["Subscription"];

/** Who is told of events, and how that goes. */
export function SubscriptionList() {
  const list = useSubscriptions();
  return (
    <Listing
      list={list}
      items={itemsOf(list.data, ({ id }) => id)}
      label="Subscriptions"
      empty={{ title: "Nobody is told yet", advice: "A subscription sends events to an address of yours as they happen." }}
      more="Show more"
    >
      {(subscription) => <SubscriptionRow key={subscription.id} subscription={subscription} />}
    </Listing>
  );
}

function SubscriptionRow({ subscription }: { subscription: Subscription }) {
  const unsubscribe = useUnsubscribe();
  const [open, setOpen] = useState(false);
  const { id, type, url, state } = subscription;
  return (
    <li className={styles.letter} data-subscription={id} data-state={state}>
      <div className={styles.head}>
        <div>
          <h3>{url}</h3>
          <p className={styles.type}>{type}</p>
        </div>
        <div className={styles.ways}>
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
        </div>
      </div>
      {state !== "active" && <p className={styles.reason}>{capitalized(state)}: nothing is sent to it.</p>}
      {subscription.failing_since && (
        <p className={styles.reason}>
          Failing since <Ago time={subscription.failing_since} />
          <span>
            {subscription.last_status > 0 && `${subscription.last_status} `}
            {subscription.last_error}
          </span>
        </p>
      )}
      <dl className={styles.facts}>
        <Figure name="Delivered" value={subscription.delivered} />
        <Figure name="Waiting" value={subscription.waiting} />
        <Figure name="Given up" value={subscription.failed} />
      </dl>
      <details className={styles.payload} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Deliveries</summary>
        <Deliveries id={id} open={open} />
      </details>
    </li>
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

function Deliveries({ id, open }: { id: string; open: boolean }) {
  const list = useDeliveries(id, open);
  if (!open) return null;
  return (
    <Listing
      list={list}
      items={itemsOf(list.data, (delivery) => delivery.id)}
      label="Deliveries, the latest first"
      empty={{ title: "None yet" }}
      more="Show earlier deliveries"
    >
      {(delivery) => (
        <li key={delivery.id} className={styles.why} data-delivery={delivery.id}>
          <b>{delivery.type}</b> {delivery.state} <Ago time={delivery.settled_at ?? delivery.created_at} />
          {delivery.attempts > 1 && `, ${delivery.attempts} attempts`}
          {delivery.last_error && `: ${delivery.last_status > 0 ? `${delivery.last_status} ` : ""}${delivery.last_error}`}
        </li>
      )}
    </Listing>
  );
}
