import { useInfiniteQuery } from "@tanstack/react-query";
import type { StoredEvent } from "@/features/event/event";
import { nextCursor, type Page } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 30;
const EVERY = 3000;

/** event-list, newest first; asked again every few seconds while the page is seen. */
export function useList(type: string) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "list", type],
    queryFn: ({ pageParam, signal }) =>
      client.get<Page<StoredEvent>>(
        "event-list",
        { type, cursor: pageParam, limit: PAGE_SIZE, order: "desc" },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: EVERY,
  });
}
