import { Listing } from "@/components/listing";
import { useSubscriptions } from "@/features/event/api/subscriptions";
import { SubscriptionItem } from "@/features/event/components/subscription-item";
import { itemsOf } from "@/lib/pages";

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
      {(subscription) => <SubscriptionItem key={subscription.id} subscription={subscription} />}
    </Listing>
  );
}
