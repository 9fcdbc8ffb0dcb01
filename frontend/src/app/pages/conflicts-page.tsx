import { DESK, SheetPage } from "@/app/sheet-page";
import { ConflictList } from "@/features/event/components/conflict-list";

export default function ConflictsPage() {
  return (
    <SheetPage title="Conflicts" tabs={DESK} gate="admin">
      <ConflictList />
    </SheetPage>
  );
}
