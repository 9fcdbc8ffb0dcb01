import { useInfiniteQuery } from "@tanstack/react-query";
import { type Filters, PAGE_SIZE } from "@/features/post/filters";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

/** post-list, page after page. */
export function useList({ category, tag, sort }: Filters) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["post", "list", category, tag, sort],
    queryFn: ({ pageParam, signal }) =>
      client.get("post-list", { category, tag, sort, limit: PAGE_SIZE, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
  });
}
