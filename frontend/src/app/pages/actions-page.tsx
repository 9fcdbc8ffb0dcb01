import { useSearchParams } from "react-router";
import { DESK, SheetPage } from "@/app/sheet-page";
import { ActionList } from "@/features/event/components/action-list";

export default function ActionsPage() {
  const [search] = useSearchParams();
  return (
    <SheetPage title="Actions" tabs={DESK} gate="admin">
      <ActionList target={search.get("target") ?? ""} />
    </SheetPage>
  );
}
