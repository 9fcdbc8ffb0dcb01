import { type ReactNode, useState } from "react";
import { More } from "@/components/more";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { useByPost } from "@/features/like/api/by-post";
import { itemsOf } from "@/lib/pages";
import styles from "./likers.module.css";

interface Props {
  postId: string;
  /** Members are another feature's matter; the page brings it. */
  who: (userId: string) => ReactNode;
}

/** Who likes a post, told on request. */
export function Likers({ postId, who }: Props) {
  const [open, setOpen] = useState(false);
  const list = useByPost(postId, open);
  const likers = itemsOf(list.data, ({ user_id }) => user_id);
  return (
    <details className={styles.likers} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Who?</summary>
      {list.isLoading && <Lines count={1} />}
      {list.isError && <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />}
      <ul role="list" aria-label="Members who like this">
        {likers.map(({ user_id }) => (
          <li key={user_id} data-liker={user_id}>
            {who(user_id)}
          </li>
        ))}
      </ul>
      <More list={list}>Show more</More>
    </details>
  );
}
