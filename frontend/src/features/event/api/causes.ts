import { useInfiniteQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/operations";
import type { DeadLetter } from "@/features/event/event";
import { nextCursor, type Page } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 20;
const EVERY = 5000;

/** event-dead-letter-list of one state, one item for each cause. */
export function useCauses(state: DeadLetter["state"]) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "dead-letters", "causes", state],
    queryFn: async ({ pageParam, signal }) => {
      const page = await client.get("event-dead-letter-list", { group: true, state, cursor: pageParam, limit: PAGE_SIZE }, signal);
      return page as Page<Schemas["Cause"]>;
    },
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: EVERY,
  });
}
