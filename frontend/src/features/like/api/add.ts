import type { LikeState } from "@/features/like/like";
import type { Client } from "@/lib/client";

/** like-add; a repeat changes nothing. */
export const add = (client: Client, postId: string) =>
  client.send<LikeState>("POST", "like-add", { post_id: postId });
