import { useInfiniteQuery } from "@tanstack/react-query";
import { PAGE_SIZE, type Search } from "@/features/post/filters";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

/** post-search: headlines with the place where the words were found. */
export function useSearch({ q, category, tag, sort }: Search) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["post", "search", q, category, tag, sort],
    queryFn: ({ pageParam, signal }) =>
      client.get("post-search", { q, category, tag, sort, limit: PAGE_SIZE, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
    enabled: q !== "",
  });
}
