import { useState } from "react";
import { Button } from "@/components/button";
import { EmptyNotice } from "@/components/empty-notice";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { useByPost } from "@/features/comment/api/by-post";
import { type Reader, type Thread, threadsOf } from "@/features/comment/comment";
import { CommentForm } from "@/features/comment/components/comment-form";
import { CommentItem } from "@/features/comment/components/comment-item";
import { itemsOf } from "@/lib/pages";
import { countOf } from "@/lib/text";
import styles from "./comments.module.css";

interface Props {
  postId: string;
  /** The member who wrote the post. */
  authorId: string;
  /** What the post says it has; pages not read yet count too. */
  total: number;
  reader: Reader | null;
  onSignIn: () => void;
}

export function Comments({ postId, authorId, total, reader, onSignIn }: Props) {
  const list = useByPost(postId);
  const comments = itemsOf(list.data, ({ id }) => id);
  const written = comments.filter(({ deleted }) => !deleted).length;
  const count = list.hasNextPage ? Math.max(total, written) : written;
  const known = list.data !== undefined;
  return (
    <section className={styles.comments} aria-labelledby="comments-title">
      <h2 id="comments-title" data-comments={known ? count : undefined}>
        {known && count > 0 ? countOf(count, "comment") : "Comments"}
      </h2>
      {list.isPending && <Lines count={4} />}
      {list.isError && <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />}
      {known && comments.length > 0 && (
        <ol className={styles.threads} role="list">
          {threadsOf(comments).map((thread) => (
            <ThreadItem
              key={thread.comment.id}
              thread={thread}
              authorId={authorId}
              postId={postId}
              reader={reader}
            />
          ))}
        </ol>
      )}
      {list.hasNextPage && (
        <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
          Show later comments
        </Button>
      )}
      {reader ? (
        <CommentForm postId={postId} label={comments.length > 0 ? "Add a comment" : "Write the first comment"} />
      ) : (
        <EmptyNotice title={known && comments.length === 0 ? "No comments yet" : "Join the conversation"}>
          <Button small onClick={onSignIn}>
            Sign in to comment
          </Button>
        </EmptyNotice>
      )}
    </section>
  );
}

interface ThreadProps {
  thread: Thread;
  authorId: string;
  postId: string;
  reader: Reader | null;
}

function ThreadItem({ thread: { comment, replies }, authorId, postId, reader }: ThreadProps) {
  const [replying, setReplying] = useState(false);
  return (
    <li>
      <CommentItem
        comment={comment}
        byAuthor={comment.author.id === authorId}
        reader={reader}
        replies={replies.length}
      >
        {reader && !comment.deleted && !replying && (
          <Button look="quiet" small onClick={() => setReplying(true)}>
            Reply<span className="visually-hidden"> to {comment.author.name}</span>
          </Button>
        )}
      </CommentItem>
      {(replies.length > 0 || replying) && (
        <ol className={styles.replies} role="list">
          {replies.map((reply) => (
            <li key={reply.id}>
              <CommentItem comment={reply} byAuthor={reply.author.id === authorId} reader={reader} />
            </li>
          ))}
          {replying && (
            <li>
              <CommentForm
                postId={postId}
                parentId={comment.id}
                label={`Reply to ${comment.author.name}`}
                onDone={() => setReplying(false)}
                onCancel={() => setReplying(false)}
              />
            </li>
          )}
        </ol>
      )}
    </li>
  );
}
