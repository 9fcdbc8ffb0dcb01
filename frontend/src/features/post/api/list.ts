import { useInfiniteQuery } from "@tanstack/react-query";
import type { PostSummary } from "@/features/post/post";
import { nextCursor, type Page } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 12;

/** post-list, newest first, page after page. */
export function useList() {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["post", "list"],
    queryFn: ({ pageParam, signal }) =>
      client.get<Page<PostSummary>>("post-list", { limit: PAGE_SIZE, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
  });
}
