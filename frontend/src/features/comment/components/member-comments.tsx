import type { ReactNode } from "react";
import { EmptyNotice } from "@/components/empty-notice";
import { More } from "@/components/more";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { Ago } from "@/components/timestamp";
import { useByUser } from "@/features/comment/api/by-user";
import { itemsOf } from "@/lib/pages";
import styles from "./member-comments.module.css";

interface Props {
  userId: string;
  own: boolean;
  /** Posts are another feature's matter; the page brings them. */
  post: (id: string) => ReactNode;
}

/** What a member has said, and where. */
export function MemberComments({ userId, own, post }: Props) {
  const list = useByUser(userId);
  const comments = itemsOf(list.data, ({ id }) => id);
  return (
    <div className={styles.place}>
      {list.isPending && <Lines count={6} />}
      {list.isError && !list.data && <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />}
      {list.data && comments.length === 0 && (
        <EmptyNotice title="No comments yet">{own && "What you say under posts is gathered here."}</EmptyNotice>
      )}
      <ul role="list">
        {comments.map((comment) => (
          <li key={comment.id} data-comment={comment.id}>
            {post(comment.post_id)}
            <p className={styles.text}>{comment.text}</p>
            <p className={styles.when}>
              <Ago time={comment.created_at} />
              {comment.edited_at && " · edited"}
            </p>
          </li>
        ))}
      </ul>
      <More list={list}>Show more</More>
    </div>
  );
}
