import { useInfiniteQuery } from "@tanstack/react-query";
import type { Slice } from "@/features/event/event";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 30;
const EVERY = 3000;

/** event-list, newest first; asked again every few seconds while nothing is told live. */
export function useList({ type, subject }: Slice, live: boolean) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "list", type, subject],
    queryFn: ({ pageParam, signal }) =>
      client.get("event-list", { type, subject, cursor: pageParam, limit: PAGE_SIZE, order: "desc" }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: live ? false : EVERY,
  });
}
