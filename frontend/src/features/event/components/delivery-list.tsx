import { Listing } from "@/components/listing";
import { Ago } from "@/components/timestamp";
import { useDeliveries } from "@/features/event/api/subscriptions";
import { itemsOf } from "@/lib/pages";
import styles from "./dead-letter-item.module.css";

/** What one subscription was or will be told. */
export function DeliveryList({ subscription, open }: { subscription: string; open: boolean }) {
  const list = useDeliveries(subscription, open);
  if (!open) return null;
  return (
    <Listing
      list={list}
      items={itemsOf(list.data, ({ id }) => id)}
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
