import type { ReactNode } from "react";
import { EmptyNotice } from "@/components/empty-notice";
import { More } from "@/components/more";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { useByUser } from "@/features/like/api/by-user";
import { itemsOf } from "@/lib/pages";
import styles from "./liked-posts.module.css";

/** What a member likes; posts are another feature's matter, the page brings them. */
export function LikedPosts({ userId, post }: { userId: string; post: (id: string, likedAt: string) => ReactNode }) {
  const list = useByUser(userId);
  const liked = itemsOf(list.data, ({ post_id }) => post_id);
  return (
    <div className={styles.place}>
      {list.isPending && <Lines count={5} />}
      {list.isError && !list.data && <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />}
      {list.data && liked.length === 0 && (
        <EmptyNotice title="No likes yet">Posts that you like are gathered here.</EmptyNotice>
      )}
      <ul role="list">
        {liked.map(({ post_id, liked_at }) => (
          <li key={post_id} data-liked={post_id}>
            {post(post_id, liked_at)}
          </li>
        ))}
      </ul>
      <More list={list}>Show more</More>
    </div>
  );
}
