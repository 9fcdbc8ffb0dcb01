import type { Member } from "../src/features/auth/auth";
import type { Comment } from "../src/features/comment/comment";
import type { DeadLetter, StoredEvent } from "../src/features/event/event";
import { MEMBERS, seededPosts } from "./posts.ts";

const now = new Date();
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();
let serial = 0;
export const newId = () => `0199f0b0-0000-7000-8000-${String(++serial).padStart(12, "0")}`;

export const posts = seededPosts(now);
export const likes = new Map<string, Set<string>>();
export const comments: Comment[] = [];
export const events: StoredEvent[] = [];
export const deadLetters: DeadLetter[] = [];

export function record(type: string, subject: string, data: unknown, revision: number | null = 1, at?: string) {
  const time = at ?? new Date().toISOString();
  events.push({ sequence: events.length + 1, id: newId(), type, subject, revision, time, data, recorded_at: time });
}

export function comment(postId: string, author: Member, text: string, parent: string | null, at: string): Comment {
  const { id, name, avatar } = author;
  const made = {
    id: newId(),
    post_id: postId,
    parent_id: parent,
    text,
    author: { id, name, avatar },
    revision: 1,
    deleted: false,
    created_at: at,
    edited_at: null,
  };
  comments.push(made);
  return made;
}

const [ines, tomo, ruth, bela] = MEMBERS as [Member, Member, Member, Member];
for (const [index, post] of [...posts].reverse().entries()) {
  record("post.created", `post/${post.id}`, { id: post.id, title: post.title, author: post.author }, 1, post.created_at);
  if (index % 2) record("like.added", `like/${ruth.id}/${post.id}`, { post_id: post.id, user_id: ruth.id }, 3, post.created_at);
  if (index % 3 === 0) record("comment.created", `comment/${newId()}`, { post_id: post.id, text: "Lovely." }, 1, post.created_at);
}
const first = posts[0]?.id ?? "";
const opening = comment(first, ruth, "My father drove a lorry of the stuff to the bank's data centre every Thursday. He said the loads got lighter each year, and that nobody could tell him why.", null, ago(9000));
comment(first, ines, "The bank would have known exactly why, on paper, somewhere near the bottom.", opening.id, ago(8200));
comment(first, ruth, "He would have liked that.", opening.id, ago(4000));
comment(first, bela, "The table is the best part.\n\nI would add knitting to it: order kept by the needle, correction by ripping back. A medium where history can be rewritten, at a price everyone can see.", null, ago(2400));
comment(first, tomo, "Printed this. Felt right.", null, ago(300));

for (let index = 0; index < 3; index++) {
  deadLetters.push({
    id: newId(),
    event_id: newId(),
    type: index === 2 ? "like.added" : "post.created",
    function: index === 2 ? "post-on-like-changed" : "tests-on-post-created",
    reason: index === 1 ? "not retryable" : "attempts used up",
    attempts: index === 1 ? 1 : 5,
    last_status: index === 1 ? 400 : 503,
    last_error: index === 1 ? "data has no field post_id" : "the post database does not answer",
    first_failed_at: ago(4000 + index * 900),
    last_failed_at: ago(1200 + index * 900),
    state: "waiting",
    retried_by: "",
    retried_at: null,
    raw: null,
    event: { specversion: "1.0", type: "post.created", subject: `post/${first}`, data: { id: first, title: posts[0]?.title } },
  });
}
