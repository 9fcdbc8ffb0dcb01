import { useSearchParams } from "react-router";
import { Listing } from "@/components/listing";
import { useCount } from "@/features/user/api/count";
import { useList } from "@/features/user/api/list";
import { MemberRow } from "@/features/user/components/member-row";
import { ROLES } from "@/features/user/user";
import { itemsOf } from "@/lib/pages";
import styles from "./member-list.module.css";

/** Everybody who has an account, found by name, username or e-mail address. */
export function MemberList({ self }: { self: string }) {
  const [search, setSearch] = useSearchParams();
  const q = search.get("q") ?? "";
  const role = ROLES.find(({ value }) => value === search.get("role"))?.value ?? "";
  const list = useList(q, role);
  const count = useCount().data;
  const members = itemsOf(list.data, ({ id }) => id);
  const change = (name: string, value: string) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    }, { replace: true, preventScrollReset: true });
  return (
    <>
      <div className={styles.bar}>
        <label className={styles.search}>
          <span className="visually-hidden">Search members</span>
          <input
            type="search"
            value={q}
            maxLength={200}
            placeholder="Name, username or e-mail"
            onChange={(event) => change("q", event.target.value)}
          />
        </label>
        <label className={styles.role}>
          <span className="visually-hidden">Role</span>
          <select value={role} onChange={(event) => change("role", event.target.value)}>
            <option value="">Every role</option>
            {ROLES.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
                {count ? ` (${count.roles[value] ?? 0})` : ""}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Listing
        list={list}
        items={members}
        label="Members"
        empty={{ title: "Nobody is like that", advice: "Try fewer letters, or every role." }}
        more="Show more members"
        lines={8}
      >
        {(member) => <MemberRow key={member.id} member={member} self={member.id === self} />}
      </Listing>
    </>
  );
}
