import { Link } from "react-router";
import { Bone } from "@/components/skeleton";
import { useGet } from "@/features/post/api/get";
import { addressOf } from "@/features/post/post";
import { asProblem } from "@/lib/problem";
import styles from "./post-line.module.css";

/** A post of which another feature knows the id alone. */
export function PostLine({ id }: { id: string }) {
  const found = useGet(id);
  if (found.isPending) return <Bone width="18rem" height="1.5rem" />;
  if (!found.data) {
    const gone = asProblem(found.error).status === 404;
    return <span className={styles.gone}>{gone ? "A post that is gone" : "A post that cannot be shown now"}</span>;
  }
  return (
    <Link className={styles.title} to={addressOf(found.data)}>
      {found.data.title}
    </Link>
  );
}
