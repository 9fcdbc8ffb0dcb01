import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Body } from "@/api/operations";
import { isUnderWay, type Run } from "@/features/event/run";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 20;
const EVERY = 1000;

/** event-replay-status of all: asked again every second while one of them moves. */
export function useRuns() {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "runs"],
    queryFn: ({ pageParam, signal }) => client.get("event-replay-status", { cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: ({ state }) => (state.data?.pages.some(({ items }) => items.some(isUnderWay)) ? EVERY : 10 * EVERY),
  });
}

function useStarted() {
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["event", "runs"] }),
      queries.invalidateQueries({ queryKey: ["event", "dead-letters"] }),
    ]);
}

/** event-replay: how many events a slice has, or the telling of them. */
export function useReplay() {
  const client = useClient();
  return useMutation({
    mutationFn: (replay: Body<"event-replay">) => client.send("POST", "event-replay", replay),
    onSuccess: useStarted(),
  });
}

/** event-dead-letter-retry-many: those of a cause that were there when it was listed. */
export function useRetryMany() {
  const client = useClient();
  return useMutation({
    mutationFn: (retry: Body<"event-dead-letter-retry-many">) => client.send("POST", "event-dead-letter-retry-many", retry),
    onSuccess: useStarted(),
  });
}

export type Turn = "event-replay-pause" | "event-replay-resume" | "event-replay-cancel";

/** Let a run stand, go on, or end; why stays in the list of actions. */
export function useTurn(turn: Turn, { id }: Run) {
  const client = useClient();
  return useMutation({
    mutationFn: (why: string) => client.send("POST", turn, { id, why }),
    onSuccess: useStarted(),
  });
}
