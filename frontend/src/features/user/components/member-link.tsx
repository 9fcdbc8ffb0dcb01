import { Link } from "react-router";
import { Avatar } from "@/components/avatar";
import { Bone } from "@/components/skeleton";
import { useGet } from "@/features/user/api/get";
import styles from "./member-link.module.css";

/** A member of whom another feature knows the id alone. */
export function MemberLink({ id }: { id: string }) {
  const found = useGet(id);
  if (found.isPending) return <Bone width="8rem" height="1.75rem" />;
  if (!found.data) return <span className={styles.gone}>A member who left</span>;
  const { name, avatar } = found.data;
  return (
    <Link className={styles.member} to={`/member/${id}`}>
      <Avatar name={name} url={avatar} size={28} />
      {name}
    </Link>
  );
}
