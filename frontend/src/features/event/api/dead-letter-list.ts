import { useInfiniteQuery } from "@tanstack/react-query";
import type { DeadLetter } from "@/features/event/event";
import { nextCursor, type Page } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 20;
const EVERY = 5000;

/** event-dead-letter-list of one state; asked again while the page is seen. */
export function useDeadLetterList(state: DeadLetter["state"]) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "dead-letters", state],
    queryFn: async ({ pageParam, signal }) => {
      const page = await client.get("event-dead-letter-list", { state, cursor: pageParam, limit: PAGE_SIZE }, signal);
      // Causes are told to those alone who ask for groups.
      return page as Page<DeadLetter>;
    },
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: EVERY,
  });
}
