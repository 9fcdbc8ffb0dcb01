import { useNavigate, useSearchParams } from "react-router";
import { DESK, SheetPage } from "@/app/sheet-page";
import { Views } from "@/components/views";
import { CauseList } from "@/features/event/components/cause-list";
import { DeadLetterList } from "@/features/event/components/dead-letter-list";
import { STATES } from "@/features/event/event";

export default function DeadLettersPage() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const grouped = search.get("by") === "cause";
  const cause = search.get("cause") ?? "";
  const state = STATES.find(({ value }) => value === search.get("state"))?.value ?? "waiting";
  const views = STATES.map(({ value, label }) => ({
    to: `?state=${value}`,
    label,
    current: value === state && !grouped && !cause,
  }));
  return (
    <SheetPage title="Dead letters" tabs={DESK} gate="admin">
      <Views
        label="Dead letters by state"
        views={[...views, { to: "?by=cause", label: "By cause", current: grouped || Boolean(cause) }]}
      />
      {grouped ? (
        <CauseList onStarted={() => void navigate("/events/runs")} />
      ) : (
        <DeadLetterList key={`${state} ${cause}`} state={state} cause={cause} />
      )}
    </SheetPage>
  );
}
