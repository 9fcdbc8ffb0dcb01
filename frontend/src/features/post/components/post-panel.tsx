import { Link } from "react-router";
import { Byline } from "@/features/post/components/byline";
import { Cover } from "@/features/post/components/cover";
import type { PostSummary } from "@/features/post/post";
import styles from "./post-panel.module.css";

interface Props {
  post: PostSummary;
  /** The newest post opens the sheet and is set larger. */
  lead?: boolean;
}

/** One panel of the folded sheet: one post in the list. */
export function PostPanel({ post, lead = false }: Props) {
  return (
    <article className={`${styles.panel} ${lead ? styles.lead : ""}`} data-post={post.id}>
      <div className={styles.text}>
        {post.category && <p className={styles.category}>{post.category}</p>}
        <h2 className={styles.title}>
          <Link to={`/post/${post.slug}`}>{post.title}</Link>
        </h2>
        {post.summary && <p className={styles.summary}>{post.summary}</p>}
        <Byline post={post} counts />
      </div>
      {post.cover && (
        <Cover
          url={post.cover}
          className={styles.cover}
          sizes={lead ? "(min-width: 60rem) 32rem, 100vw" : "(min-width: 60rem) 17rem, 100vw"}
          eager={lead}
        />
      )}
    </article>
  );
}
