import type { Schemas } from "@/api/operations";

export type Comment = Schemas["Comment"];

/** Who reads the conversation, and may do something about it. */
export interface Reader {
  id: string;
  role: "member" | "admin";
}

export interface Thread {
  comment: Comment;
  replies: Comment[];
}

/**
 * Comments as conversations one level deep, in the order they came (oldest first). A reply to a
 * reply joins its conversation; one whose beginning is gone starts its own.
 */
export function threadsOf(comments: Comment[]): Thread[] {
  const threads: Thread[] = [];
  const threadOf = new Map<string, Thread>();
  for (const comment of comments) {
    const parent = comment.parent_id ? threadOf.get(comment.parent_id) : undefined;
    const thread = parent ?? { comment, replies: [] };
    if (parent) parent.replies.push(comment);
    else threads.push(thread);
    threadOf.set(comment.id, thread);
  }
  return threads;
}

/** The list after a comment was deleted: its replies went with it. */
export const without = (comments: Comment[], id: string): Comment[] =>
  comments.filter((comment) => comment.id !== id && comment.parent_id !== id);
