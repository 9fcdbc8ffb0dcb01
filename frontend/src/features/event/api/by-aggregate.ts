import { useInfiniteQuery } from "@tanstack/react-query";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 50;
const EVERY = 3000;

/** event-by-aggregate: the life of one thing, in the order it was lived. */
export function useByAggregate(aggregate: string) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "by-aggregate", aggregate],
    queryFn: ({ pageParam, signal }) =>
      client.get("event-by-aggregate", { aggregate, cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: EVERY,
  });
}
