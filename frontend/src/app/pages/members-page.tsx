import { useState } from "react";
import { DESK, SheetPage } from "@/app/sheet-page";
import { Button } from "@/components/button";
import { useAuth } from "@/features/auth/auth";
import { MemberForm } from "@/features/user/components/member-form";
import { MemberList } from "@/features/user/components/member-list";
import { Reconcile } from "@/features/user/components/reconcile";

export default function MembersPage() {
  const { member } = useAuth();
  const [adding, setAdding] = useState(false);
  return (
    <SheetPage
      title="Members"
      tabs={DESK}
      gate="admin"
      actions={
        <Button small look={adding ? "line" : "solid"} aria-expanded={adding} onClick={() => setAdding(!adding)}>
          {adding ? "Close" : "Add member"}
        </Button>
      }
    >
      {adding && <MemberForm />}
      <MemberList self={member?.id ?? ""} />
      <Reconcile />
    </SheetPage>
  );
}
