import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { Avatar } from "@/components/avatar";
import { Ago } from "@/components/timestamp";
import type { Comment, Reader } from "@/features/comment/comment";
import { CommentEdit, CommentTools } from "@/features/comment/components/comment-tools";
import { momentOf } from "@/lib/time";
import styles from "./comment-item.module.css";

interface Props {
  comment: Comment;
  /** Who wrote the post is worth knowing in its conversation. */
  byAuthor: boolean;
  reader: Reader | null;
  replies?: number;
  children?: ReactNode;
}

export function CommentItem({ comment, byAuthor, reader, replies = 0, children }: Props) {
  const [editing, setEditing] = useState(false);
  if (comment.deleted) {
    return (
      <div className={styles.comment} data-comment={comment.id}>
        <Avatar name="" url="" size={36} />
        <p className={styles.gone}>This comment went with its author’s account.</p>
      </div>
    );
  }
  const own = reader?.id === comment.author.id;
  return (
    <div className={styles.comment} data-comment={comment.id}>
      <Avatar name={comment.author.name} url={comment.author.avatar} size={36} />
      <div className={styles.body}>
        <p className={styles.who}>
          <Link className={styles.name} to={`/member/${comment.author.id}`}>
            {comment.author.name}
          </Link>
          {byAuthor && <span className={styles.author}>Author</span>}
          <Ago time={comment.created_at} />
          {comment.edited_at && <span title={`Edited ${momentOf(comment.edited_at)}`}>edited</span>}
        </p>
        {editing ? (
          <CommentEdit comment={comment} onDone={() => setEditing(false)} />
        ) : (
          <>
            <p className={styles.text}>{comment.text}</p>
            <div className={styles.tools}>
              {children}
              {(own || reader?.role === "admin") && (
                <CommentTools comment={comment} mayEdit={own} replies={replies} onEdit={() => setEditing(true)} />
              )}
            </div>
          </>
        )}
      </div>
    </div>
  );
}
