import type { Member } from "../src/features/auth/auth";
import type { NewPost, Post } from "../src/features/post/post";
import type { Page } from "../src/lib/pages";
import { MEMBERS } from "./posts.ts";
import { comment, comments, deadLetters, events, likes, newId, posts, record } from "./state.ts";

export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

interface Call {
  operation: string;
  method: string;
  query: URLSearchParams;
  body: Buffer;
  token: string;
}

const OPERATIONS: Record<string, (call: Call) => unknown> = {
  "site/config.json": () => ({
    functions: "/function/",
    clerk_publishable_key: "",
    demo: true,
    imagekit_url_endpoint: "/function/site/imagekit/files",
  }),
  "site/demo/members": () => MEMBERS,
  "site/demo/token": (call) => ({
    token: json<{ id: string }>(call).id,
    expires_at: Math.floor(Date.now() / 1000) + 60,
  }),
  "post-list": ({ query }) => paged(posts, query, (post) => ({ ...post, content: undefined })),
  "post-get-by-slug": ({ query }) => found(posts.find(({ slug }) => slug === query.get("slug"))),
  "post-create": (call) => published(member(call), json<NewPost>(call)),
  "post-delete": (call) => {
    const at = posts.findIndex(({ id }) => id === json<{ id: string }>(call).id);
    record("post.deleted", `post/${found(posts[at]).id}`, {}, 2);
    posts.splice(at, 1);
  },
  "like-count": ({ query, token }) => {
    const ids = query.get("post_ids")?.split(",") ?? [];
    const me = token.replace("Bearer ", "");
    return {
      counts: Object.fromEntries(ids.map((id) => [id, posts.find((post) => post.id === id)?.likes ?? 0])),
      mine: ids.filter((id) => likesOf(id).has(me)),
    };
  },
  "like-add": (call) => like(call, true),
  "like-remove": (call) => like(call, false),
  "comment-by-post": ({ query }) => ({
    items: comments.filter(({ post_id }) => post_id === query.get("post_id")),
    next: null,
  }),
  "comment-create": (call) => {
    const { post_id, text, parent_id } = json<{ post_id: string; text: string; parent_id?: string }>(call);
    if (text.includes("refuse")) throw new Refusal(400, "text must not ask to be refused");
    const made = comment(post_id, member(call), text, parent_id ?? null, new Date().toISOString());
    found(posts.find(({ id }) => id === post_id)).comments += 1;
    record("comment.created", `comment/${made.id}`, made);
    return made;
  },
  "media-upload": () => ({
    id: newId(), url: "/function/site/imagekit/files/21.svg", thumbnail: "", name: "cover",
    width: 1440, height: 900, size: 1, owner: "",
  }),
  "event-list": ({ query }) =>
    paged([...events].reverse().filter(({ type }) => !query.get("type") || type === query.get("type")), query),
  "event-by-aggregate": ({ query }) => ({
    items: events.filter(({ subject }) => subject === query.get("aggregate")),
    next: null,
  }),
  "event-dead-letter-list": ({ query }) =>
    paged(deadLetters.filter(({ state }) => state === query.get("state")), query),
  "event-dead-letter-retry": (call) => {
    const letter = found(deadLetters.find(({ id }) => id === json<{ id: string }>(call).id));
    Object.assign(letter, { state: "retried", retried_by: member(call).id, retried_at: new Date().toISOString() });
    return letter;
  },
};

export function answer(call: Call): unknown {
  const operation = OPERATIONS[call.operation];
  if (!operation) throw new Refusal(404, `no function ${call.operation}`);
  return operation(call);
}

function published(author: Member, post: NewPost): Post {
  if (!post.title) throw new Refusal(400, "title must have 1 to 200 characters, got 0");
  if (!post.content) throw new Refusal(400, "Expected `str` of length >= 1 - at `$.content`");
  const now = new Date().toISOString();
  const { id, name, avatar } = author;
  const made: Post = {
    summary: "", cover: "", category: "", tags: [], ...post,
    id: newId(), slug: post.title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
    featured: false, visits: 0, author: { id, name, avatar }, likes: 0, comments: 0,
    revision: 1, created_at: now, updated_at: now,
  };
  posts.unshift(made);
  record("post.created", `post/${made.id}`, made);
  return made;
}

function like(call: Call, liked: boolean) {
  const { id } = member(call);
  const { post_id } = json<{ post_id: string }>(call);
  const changed = liked !== likesOf(post_id).has(id);
  likesOf(post_id)[liked ? "add" : "delete"](id);
  const post = posts.find((each) => each.id === post_id);
  if (post && changed) post.likes += liked ? 1 : -1;
  record(liked ? "like.added" : "like.removed", `like/${id}/${post_id}`, { post_id, user_id: id });
  return { post_id, liked, revision: 1 };
}

function likesOf(postId: string): Set<string> {
  const known = likes.get(postId) ?? new Set<string>();
  likes.set(postId, known);
  return known;
}

function member({ token }: Call): Member {
  const known = MEMBERS.find(({ id }) => `Bearer ${id}` === token);
  if (!known) throw new Refusal(401, "a session token is needed");
  return known;
}

function paged<T>(items: T[], query: URLSearchParams, shape: (item: T) => unknown = (item) => item): Page<unknown> {
  const from = Number(query.get("cursor") ?? 0);
  const limit = Math.min(Number(query.get("limit") ?? 20), process.env["MOCK_LIMIT"] ? Number(process.env["MOCK_LIMIT"]) : 100);
  const next = from + limit < items.length ? String(from + limit) : null;
  return { items: items.slice(from, from + limit).map(shape), next };
}

function found<T>(item: T | undefined): T {
  if (item === undefined) throw new Refusal(404, "nothing is there under this address");
  return item;
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names the cast
const json = <T>({ body }: Call): T => JSON.parse(body.toString()) as T;
