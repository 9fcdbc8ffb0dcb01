import { useRef } from "react";
import { Link } from "react-router";
import { Avatar } from "@/components/avatar";
import type { Member } from "@/features/auth/auth";
import styles from "./member-menu.module.css";

/** Who is signed in, and the way out. */
export function MemberMenu({ member, onSignOut }: { member: Member; onSignOut: () => void }) {
  const menu = useRef<HTMLDivElement>(null);
  const close = () => menu.current?.hidePopover();
  const places = [
    { to: `/member/${member.id}`, label: "My page" },
    { to: "/my-posts", label: "My posts" },
    { to: "/media", label: "My pictures" },
    { to: "/account", label: "Account" },
    ...(member.role === "admin" ? [{ to: "/events", label: "Events and members" }] : []),
  ];
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
      <div ref={menu} id="member-menu" popover="auto" className={styles.menu}>
        <p className={styles.name}>{member.name}</p>
        <p className={styles.role}>{member.role === "admin" ? "Administrator" : "Member"}</p>
        <ul role="list">
          {places.map(({ to, label }) => (
            <li key={to}>
              <Link to={to} onClick={close}>
                {label}
              </Link>
            </li>
          ))}
        </ul>
        <button type="button" onClick={onSignOut}>
          Sign out
        </button>
      </div>
    </>
  );
}
