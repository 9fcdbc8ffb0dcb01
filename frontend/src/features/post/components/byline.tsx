import { Link } from "react-router";
import { Avatar } from "@/components/avatar";
import { Ago, DateOf } from "@/components/timestamp";
import type { Headline } from "@/features/post/post";
import { countOf } from "@/lib/text";
import styles from "./byline.module.css";

interface Props {
  post: Headline;
  /** Reading time in minutes, where the text is known. */
  minutes?: number;
  /** Counts are left out where the page shows them elsewhere. */
  counts?: boolean;
  avatar?: number;
}

export function Byline({ post, minutes, counts = false, avatar = 28 }: Props) {
  return (
    <p className={styles.byline}>
      <Avatar name={post.author.name} url={post.author.avatar} size={avatar} />
      <span className={styles.parts}>
        <span className={styles.author}>
          <Link to={`/member/${post.author.id}`}>{post.author.name}</Link>
        </span>
        <span>
          {post.status === "draft" ? (
            <>
              Draft, saved <Ago time={post.updated_at} />
            </>
          ) : (
            <DateOf time={post.published_at ?? post.created_at} />
          )}
        </span>
        {minutes && <span>{minutes} min read</span>}
        {counts && post.likes > 0 && <span>{countOf(post.likes, "like")}</span>}
        {counts && post.comments > 0 && <span>{countOf(post.comments, "comment")}</span>}
        {post.visits > 0 && <span data-visits={post.visits}>{countOf(post.visits, "visit")}</span>}
      </span>
    </p>
  );
}
