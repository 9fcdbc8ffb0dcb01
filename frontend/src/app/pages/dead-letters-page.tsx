import { useNavigate, useSearchParams } from "react-router";
import { DESK, SheetPage } from "@/app/sheet-page";
import { Views } from "@/components/views";
import { CauseList } from "@/features/event/components/cause-list";
import { DeadLetterList } from "@/features/event/components/dead-letter-list";
import { type Look, lookOf, searchOf, STATES } from "@/features/event/event";
import styles from "./dead-letters-page.module.css";

export default function DeadLettersPage() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const look = lookOf(search);
  const { state, grouped, cause } = look;
  const to = (change: Partial<Look>) => searchOf({ ...look, ...change });
  return (
    <SheetPage title="Dead letters" tabs={DESK} gate="admin">
      <div className={styles.bar}>
        <Views
          label="Dead letters by state"
          views={STATES.map(({ value, label }) => ({ to: to({ state: value }), label, current: value === state }))}
        />
        <Views
          label="How they are listed"
          views={[
            { to: to({ grouped: false, cause: "" }), label: "One by one", current: !grouped && !cause },
            { to: to({ grouped: true, cause: "" }), label: "By cause", current: grouped },
          ]}
        />
      </div>
      {grouped ? (
        <CauseList key={state} state={state} onStarted={() => void navigate("/events/runs")} />
      ) : (
        <DeadLetterList key={`${state} ${cause}`} state={state} cause={cause} />
      )}
    </SheetPage>
  );
}
