import { SheetPage } from "@/app/sheet-page";
import { Library } from "@/features/media/components/library";

export default function MediaPage() {
  return (
    <SheetPage title="My pictures" gate="member">
      <Library />
    </SheetPage>
  );
}
