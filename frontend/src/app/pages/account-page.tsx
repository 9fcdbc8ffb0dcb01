import { useNavigate } from "react-router";
import { Gate } from "@/app/sheet-page";
import { useAuth } from "@/features/auth/auth";
import { Account } from "@/features/user/components/account";
import { useTitle } from "@/lib/use-title";
import styles from "./column.module.css";

export default function AccountPage() {
  useTitle("Account");
  const { member, signOut } = useAuth();
  const navigate = useNavigate();
  const leave = async () => {
    await navigate("/");
    await signOut();
  };
  return (
    <div className={styles.column}>
      <h1 className={styles.title}>Account</h1>
      <Gate gate="member">{member && <Account id={member.id} onDeleted={() => void leave()} />}</Gate>
    </div>
  );
}
