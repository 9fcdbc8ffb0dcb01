import { useInfiniteQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/operations";
import { nextCursor, type Page } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 20;
const EVERY = 5000;

/** event-dead-letter-list of those that wait, one item for each cause. */
export function useCauses() {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "dead-letters", "causes"],
    queryFn: async ({ pageParam, signal }) => {
      const page = await client.get("event-dead-letter-list", { group: true, cursor: pageParam, limit: PAGE_SIZE }, signal);
      return page as Page<Schemas["Cause"]>;
    },
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: EVERY,
  });
}
