import { useQuery } from "@tanstack/react-query";
import { likeKey } from "@/features/like/like";
import { useClient } from "@/lib/use-client";

/** like-count of one post, as this reader sees it. */
export function useCount(postId: string, memberId: string | null) {
  const client = useClient();
  return useQuery({
    queryKey: likeKey(postId, memberId),
    queryFn: ({ signal }) => client.get("like-count", { post_ids: postId }, signal),
  });
}
