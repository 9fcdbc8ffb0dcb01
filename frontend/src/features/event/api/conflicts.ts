import { useInfiniteQuery } from "@tanstack/react-query";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 20;
const EVERY = 5000;

/** event-conflicts: events whose place in the log another had, the latest first. */
export function useConflicts() {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "conflicts"],
    queryFn: ({ pageParam, signal }) => client.get("event-conflicts", { cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: EVERY,
  });
}
