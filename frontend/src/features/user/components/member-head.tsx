import { Avatar } from "@/components/avatar";
import { DateOf } from "@/components/timestamp";
import type { Profile } from "@/features/user/user";
import styles from "./member-head.module.css";

/** Who this page is about. */
export function MemberHead({ profile }: { profile: Profile }) {
  return (
    <span className={styles.head}>
      <Avatar name={profile.name} url={profile.avatar} size={72} />
      <span>
        <span data-member-name>{profile.name}</span>
        <span className={styles.facts}>
          {profile.username && <span>@{profile.username}</span>}
          <span>
            Here since <DateOf time={profile.created_at} />
          </span>
        </span>
      </span>
    </span>
  );
}
