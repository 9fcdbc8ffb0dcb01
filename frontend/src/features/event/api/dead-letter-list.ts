import { useInfiniteQuery } from "@tanstack/react-query";
import type { DeadLetter } from "@/features/event/event";
import { nextCursor, type Page } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 20;
const EVERY = 5000;

/** event-dead-letter-list of one state, or of one cause; asked again while the page is seen. */
export function useDeadLetterList(state: DeadLetter["state"], cause: string) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "dead-letters", state, cause],
    queryFn: async ({ pageParam, signal }) => {
      const page = await client.get("event-dead-letter-list", { state, cause, cursor: pageParam, limit: PAGE_SIZE }, signal);
      // Causes are told to those alone who ask for groups.
      return page as Page<DeadLetter>;
    },
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: EVERY,
  });
}
