import { useSearchParams } from "react-router";
import { AdminPage } from "@/app/admin-page";
import { AggregateEvents, EventList } from "@/features/event/components/event-list";

export default function EventsPage() {
  const [search] = useSearchParams();
  const aggregate = search.get("aggregate");
  return (
    <AdminPage title="Events">{aggregate ? <AggregateEvents aggregate={aggregate} /> : <EventList />}</AdminPage>
  );
}
