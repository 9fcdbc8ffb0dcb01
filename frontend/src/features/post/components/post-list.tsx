import { Button } from "@/components/button";
import { ProblemNotice } from "@/components/problem-notice";
import { Bone } from "@/components/skeleton";
import { useList } from "@/features/post/api/list";
import { PostPanel } from "@/features/post/components/post-panel";
import { itemsOf } from "@/lib/pages";
import { type ReactNode } from "react";
import styles from "./post-list.module.css";

/** Every post, newest first, one panel of the sheet each. */
export function PostList({ empty }: { empty: ReactNode }) {
  const list = useList();
  if (list.isPending) return <PanelSkeletons />;
  if (list.isError && !list.data) {
    return (
      <div className={styles.aside}>
        <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />
      </div>
    );
  }
  const posts = itemsOf(list.data, ({ id }) => id);
  if (posts.length === 0) return <div className={styles.aside}>{empty}</div>;
  return (
    <>
      <div className={styles.panels}>
        {posts.map((post, index) => (
          <PostPanel key={post.id} post={post} lead={index === 0} />
        ))}
      </div>
      <div className={styles.more}>
        {list.isFetchNextPageError && <ProblemNotice thrown={list.error} />}
        {list.hasNextPage ? (
          <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
            {list.isFetchingNextPage ? "Unfolding" : "Unfold more posts"}
          </Button>
        ) : (
          posts.length > 3 && <p className={styles.end}>This is where the paper begins.</p>
        )}
      </div>
    </>
  );
}

function PanelSkeletons() {
  return (
    <div className={styles.panels} role="status">
      <span className="visually-hidden">Loading posts</span>
      {[0, 1, 2].map((index) => (
        <div key={index} className={styles.bones}>
          <div>
            <Bone width="88%" height={index === 0 ? "3rem" : "1.75rem"} />
            <Bone width="52%" height={index === 0 ? "3rem" : "1.75rem"} />
            <Bone width="94%" />
            <Bone width="70%" />
            <Bone width="14rem" />
          </div>
          <Bone height={index === 0 ? "20rem" : "12rem"} />
        </div>
      ))}
    </div>
  );
}
