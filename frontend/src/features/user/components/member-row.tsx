import { Link } from "react-router";
import { Avatar } from "@/components/avatar";
import { Confirm } from "@/components/confirm";
import { ProblemNotice } from "@/components/problem-notice";
import { DateOf } from "@/components/timestamp";
import { useDelete } from "@/features/user/api/delete";
import { useSetRole } from "@/features/user/api/set-role";
import { type Member, type Role, ROLES } from "@/features/user/user";
import styles from "./member-list.module.css";

/** One member, as administrators see and change them. */
export function MemberRow({ member, self }: { member: Member; self: boolean }) {
  const setRole = useSetRole(member.id);
  const remove = useDelete(member.id);
  // The row is written when Clerk tells it: until then the page says what was asked.
  const role = setRole.isSuccess || setRole.isPending ? setRole.variables : member.role;
  return (
    <li className={styles.row} data-listed={member.id} data-role={member.role}>
      <Avatar name={member.name} url={member.avatar} size={40} />
      <div className={styles.who}>
        <Link to={`/member/${member.id}`}>{member.name}</Link>
        <p>{[member.username && `@${member.username}`, member.email].filter(Boolean).join(" · ")}</p>
      </div>
      <p className={styles.since}>
        <DateOf time={member.created_at} />
      </p>
      <label className={styles.role}>
        <span className="visually-hidden">Role of {member.name}</span>
        <select
          value={role}
          disabled={self || setRole.isPending || remove.isSuccess}
          title={self ? "Another administrator can change your role" : undefined}
          onChange={(event) => setRole.mutate(event.target.value as Role)}
        >
          {ROLES.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <div className={styles.deed}>
        {remove.isSuccess ? (
          <p role="status">Leaving</p>
        ) : (
          !self && (
            <Confirm
              label={
                <>
                  Delete<span className="visually-hidden"> {member.name}</span>
                </>
              }
              title={`Delete ${member.name}?`}
              deed="Delete member"
              pending={remove.isPending}
              thrown={remove.error}
              onConfirm={(close) => remove.mutate(undefined, { onSuccess: close })}
            >
              <p>Their posts, pictures, comments and likes go with the account. This cannot be undone.</p>
            </Confirm>
          )
        )}
      </div>
      {setRole.isError && (
        <div className={styles.wide}>
          <ProblemNotice thrown={setRole.error} />
        </div>
      )}
    </li>
  );
}
