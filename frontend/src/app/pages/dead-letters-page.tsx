import { useSearchParams } from "react-router";
import { DESK, SheetPage } from "@/app/sheet-page";
import { Views } from "@/components/views";
import { DeadLetterList } from "@/features/event/components/dead-letter-list";
import { STATES } from "@/features/event/event";

export default function DeadLettersPage() {
  const [search] = useSearchParams();
  const state = STATES.find(({ value }) => value === search.get("state"))?.value ?? "waiting";
  return (
    <SheetPage title="Dead letters" tabs={DESK} gate="admin">
      <Views
        label="Dead letters by state"
        views={STATES.map(({ value, label }) => ({ to: `?state=${value}`, label, current: value === state }))}
      />
      <DeadLetterList key={state} state={state} />
    </SheetPage>
  );
}
