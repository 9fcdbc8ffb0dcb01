import { useState } from "react";
import { Button } from "@/components/button";
import { DESK, SheetPage } from "@/app/sheet-page";
import { ReplayForm } from "@/features/event/components/replay-form";
import { RunList } from "@/features/event/components/run-list";

export default function RunsPage() {
  const [asking, setAsking] = useState(false);
  return (
    <SheetPage
      title="Runs"
      tabs={DESK}
      gate="admin"
      actions={
        <Button small look={asking ? "line" : "solid"} aria-expanded={asking} onClick={() => setAsking(!asking)}>
          {asking ? "Close" : "Replay"}
        </Button>
      }
    >
      {asking && <ReplayForm onStarted={() => setAsking(false)} />}
      <RunList />
    </SheetPage>
  );
}
