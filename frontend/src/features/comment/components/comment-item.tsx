import type { ReactNode } from "react";
import { Avatar } from "@/components/avatar";
import { Ago } from "@/components/timestamp";
import type { Comment } from "@/features/comment/comment";
import styles from "./comment-item.module.css";

interface Props {
  comment: Comment;
  /** Who wrote the post is worth knowing in its conversation. */
  byAuthor: boolean;
  children?: ReactNode;
}

export function CommentItem({ comment, byAuthor, children }: Props) {
  if (comment.deleted) {
    return (
      <div className={styles.comment} data-comment={comment.id}>
        <Avatar name="" url="" size={36} />
        <p className={styles.gone}>This comment went with its author’s account.</p>
      </div>
    );
  }
  return (
    <div className={styles.comment} data-comment={comment.id}>
      <Avatar name={comment.author.name} url={comment.author.avatar} size={36} />
      <div className={styles.body}>
        <p className={styles.who}>
          <span className={styles.name}>{comment.author.name}</span>
          {byAuthor && <span className={styles.author}>Author</span>}
          <Ago time={comment.created_at} />
          {comment.edited_at && <span>edited</span>}
        </p>
        <p className={styles.text}>{comment.text}</p>
        {children}
      </div>
    </div>
  );
}
