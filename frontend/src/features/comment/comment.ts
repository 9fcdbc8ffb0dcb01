export interface Comment {
  id: string;
  post_id: string;
  parent_id: string | null;
  text: string;
  author: { id: string; name: string; avatar: string };
  revision: number;
  /** Its author left; it keeps its place for the replies, without text and name. */
  deleted: boolean;
  created_at: string;
  edited_at: string | null;
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
