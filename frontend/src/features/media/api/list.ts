import { useInfiniteQuery } from "@tanstack/react-query";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 24;

/** media-list: one's own pictures. */
export function useList() {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["media", "list"],
    queryFn: ({ pageParam, signal }) => client.get("media-list", { cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
  });
}
