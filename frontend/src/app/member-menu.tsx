import { Avatar } from "@/components/avatar";
import type { Member } from "@/features/auth/auth";
import styles from "./member-menu.module.css";

/** Who is signed in, and the way out. */
export function MemberMenu({ member, onSignOut }: { member: Member; onSignOut: () => void }) {
  return (
    <>
      <button
        type="button"
        className={styles.opener}
        popoverTarget="member-menu"
        data-member={member.id}
      >
        <Avatar name={member.name} url={member.avatar} size={36} />
        <span className="visually-hidden">Signed in as {member.name}</span>
      </button>
      <div id="member-menu" popover="auto" className={styles.menu}>
        <p className={styles.name}>{member.name}</p>
        <p className={styles.role}>{member.role === "admin" ? "Administrator" : "Member"}</p>
        <button type="button" onClick={onSignOut}>
          Sign out
        </button>
      </div>
    </>
  );
}
