import type { ReactNode } from "react";
import { Link } from "react-router";
import { More } from "@/components/more";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { Ago, DateOf } from "@/components/timestamp";
import type { useByUser } from "@/features/post/api/by-user";
import { DeletePost } from "@/features/post/components/delete-post";
import { addressOf } from "@/features/post/post";
import { itemsOf } from "@/lib/pages";
import { countOf } from "@/lib/text";
import styles from "./my-posts.module.css";

/** A writer's own posts, with what can be done about each. */
export function MyPosts({ list, empty }: { list: ReturnType<typeof useByUser>; empty: ReactNode }) {
  const posts = itemsOf(list.data, ({ id }) => id);
  return (
    <>
      {list.isPending && (
        <div className={styles.aside}>
          <Lines count={6} />
        </div>
      )}
      {list.isError && !list.data && (
        <div className={styles.aside}>
          <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />
        </div>
      )}
      {list.data && posts.length === 0 && <div className={styles.aside}>{empty}</div>}
      <ul className={styles.rows} role="list">
        {posts.map((post) => (
          <li key={post.id} className={styles.row} data-post={post.id}>
            <div>
              <Link className={styles.title} to={addressOf(post)}>
                {post.title}
              </Link>
              <p className={styles.facts}>
                {post.status === "draft" ? (
                  <span>
                    Saved <Ago time={post.updated_at} />
                  </span>
                ) : (
                  <>
                    <DateOf time={post.published_at ?? post.created_at} />
                    <span>{countOf(post.visits, "visit")}</span>
                    <span>{countOf(post.likes, "like")}</span>
                    <span>{countOf(post.comments, "comment")}</span>
                  </>
                )}
              </p>
            </div>
            <div className={styles.tools}>
              <Link className={styles.edit} to={`/edit/${post.slug}`}>
                Edit<span className="visually-hidden"> {post.title}</span>
              </Link>
              <DeletePost post={post} />
            </div>
          </li>
        ))}
      </ul>
      <More list={list}>Show more</More>
    </>
  );
}
