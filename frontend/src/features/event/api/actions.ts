import { useInfiniteQuery } from "@tanstack/react-query";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 50;

/** event-actions: what operators did, the latest first. */
export function useActions(target: string) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "actions", target],
    queryFn: ({ pageParam, signal }) => client.get("event-actions", { target, cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
  });
}
