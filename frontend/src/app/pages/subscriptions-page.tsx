import { DESK, SheetPage } from "@/app/sheet-page";
import { SubscribeForm } from "@/features/event/components/subscribe-form";
import { SubscriptionList } from "@/features/event/components/subscription-list";

export default function SubscriptionsPage() {
  return (
    <SheetPage title="Subscriptions" tabs={DESK} gate="admin">
      <SubscribeForm />
      <SubscriptionList />
    </SheetPage>
  );
}
