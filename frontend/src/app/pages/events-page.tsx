import { useSearchParams } from "react-router";
import { DESK, SheetPage } from "@/app/sheet-page";
import { AggregateEvents } from "@/features/event/components/aggregate-events";
import { EventList } from "@/features/event/components/event-list";

export default function EventsPage() {
  const [search] = useSearchParams();
  const aggregate = search.get("aggregate");
  return (
    <SheetPage title="Events" tabs={DESK} gate="admin">
      {aggregate ? <AggregateEvents aggregate={aggregate} /> : <EventList />}
    </SheetPage>
  );
}
