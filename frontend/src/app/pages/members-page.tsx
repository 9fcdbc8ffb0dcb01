import { DESK, SheetPage } from "@/app/sheet-page";
import { useAuth } from "@/features/auth/auth";
import { MemberList } from "@/features/user/components/member-list";

export default function MembersPage() {
  const { member } = useAuth();
  return (
    <SheetPage title="Members" tabs={DESK} gate="admin">
      <MemberList self={member?.id ?? ""} />
    </SheetPage>
  );
}
