import type { ReactNode } from "react";
import { ProblemNotice } from "@/components/problem-notice";
import { useCount } from "@/features/like/api/count";
import { useToggle } from "@/features/like/api/use-toggle";
import { countOf } from "@/lib/text";
import styles from "./like-button.module.css";

interface Props {
  postId: string;
  memberId: string | null;
  /** What the post itself says, until the likes have been counted. */
  fallback: number;
  onSignIn: () => void;
  /** Who they were, where somebody likes it. */
  children?: ReactNode;
}

export function LikeButton({ postId, memberId, fallback, onSignIn, children }: Props) {
  const count = useCount(postId, memberId);
  const toggle = useToggle(postId, memberId, fallback);
  const likes = count.data?.counts[postId] ?? fallback;
  const liked = count.data?.mine.includes(postId) ?? false;
  return (
    <div className={styles.likes}>
      <button
        type="button"
        className={styles.button}
        aria-pressed={liked}
        onClick={() => (memberId ? toggle.mutate(!liked) : onSignIn())}
      >
        <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
          <path d="M12 20.3 4.2 12.6a5 5 0 0 1 0-7.1 5 5 0 0 1 7.1 0l.7.7.7-.7a5 5 0 0 1 7.1 7.1z" />
        </svg>
        {liked ? "Liked" : "Like"}
      </button>
      <span className={styles.count} data-likes={likes} aria-live="polite">
        {likes === 0 ? "No likes yet" : countOf(likes, "like")}
      </span>
      {likes > 0 && children}
      {toggle.isError && <ProblemNotice thrown={toggle.error} />}
    </div>
  );
}
