import { useInfiniteQuery } from "@tanstack/react-query";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 50;

/** comment-by-post, oldest first. */
export function useByPost(postId: string) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["comment", "by-post", postId],
    queryFn: ({ pageParam, signal }) =>
      client.get("comment-by-post", { post_id: postId, cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
  });
}
