import type { Schemas } from "@/api/operations";

export type Author = Schemas["Author"];
export type Headline = Schemas["Headline"];
export type Finding = Schemas["Finding"];
export type Post = Schemas["Post"];
export type NewPost = Schemas["CreatePost"];
export type Status = Schemas["Status"];

/** Where a post is read: a draft has an address of its own, which says nothing to others. */
export const addressOf = ({ status, slug }: Pick<Headline, "status" | "slug">): string =>
  status === "draft" ? `/draft/${slug}` : `/post/${slug}`;
