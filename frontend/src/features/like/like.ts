import type { Schemas } from "@/api/operations";

/** Likes of some posts, and which of them the caller likes. */
export type LikeCount = Schemas["Counts"];

export const likeKey = (postId: string, memberId: string | null) => ["like", "count", postId, memberId];

/** The count as it will be once the server has heard of the change. */
export function toggled(before: LikeCount, postId: string, liked: boolean): LikeCount {
  const was = before.mine.includes(postId);
  if (was === liked) return before;
  const count = (before.counts[postId] ?? 0) + (liked ? 1 : -1);
  return {
    counts: { ...before.counts, [postId]: Math.max(0, count) },
    mine: liked ? [...before.mine, postId] : before.mine.filter((id) => id !== postId),
  };
}
