import { useInfiniteQuery } from "@tanstack/react-query";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 20;

/** like-by-post: who likes it, the latest first; asked once somebody wants to know. */
export function useByPost(postId: string, enabled: boolean) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["like", "by-post", postId],
    queryFn: ({ pageParam, signal }) =>
      client.get("like-by-post", { post_id: postId, cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
    enabled,
  });
}
