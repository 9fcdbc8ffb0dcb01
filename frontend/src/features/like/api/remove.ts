import type { LikeState } from "@/features/like/like";
import type { Client } from "@/lib/client";

/** like-remove; a repeat changes nothing. */
export const remove = (client: Client, postId: string) =>
  client.send<LikeState>("DELETE", "like-remove", { post_id: postId });
