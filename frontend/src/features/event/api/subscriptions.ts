import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Body, Schemas } from "@/api/operations";
import { nextCursor, type Page } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 20;
const EVERY = 5000;

/** event-subscriptions: who is told of what, and how that goes. */
export function useSubscriptions() {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "subscriptions"],
    queryFn: async ({ pageParam, signal }) => {
      const page = await client.get("event-subscriptions", { cursor: pageParam, limit: PAGE_SIZE }, signal);
      return page as Page<Schemas["Subscription"]>;
    },
    initialPageParam: "",
    getNextPageParam: nextCursor,
    refetchInterval: EVERY,
  });
}

/** event-subscriptions of one: its deliveries, the latest first. */
export function useDeliveries(id: string, enabled: boolean) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["event", "subscriptions", "deliveries", id],
    queryFn: async ({ pageParam, signal }) => {
      const page = await client.get("event-subscriptions", { id, cursor: pageParam, limit: PAGE_SIZE }, signal);
      return page as Page<Schemas["Delivery"]>;
    },
    initialPageParam: "",
    getNextPageParam: nextCursor,
    enabled,
    refetchInterval: EVERY,
  });
}

function useChanged() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ["event", "subscriptions"] });
}

/** event-subscribe: its answer alone shows the secret. */
export function useSubscribe() {
  const client = useClient();
  return useMutation({
    mutationFn: (wanted: Body<"event-subscribe">) => client.send("POST", "event-subscribe", wanted),
    onSuccess: useChanged(),
  });
}

/** event-unsubscribe: what waits for it goes, too. */
export function useUnsubscribe() {
  const client = useClient();
  return useMutation({
    mutationFn: (gone: Body<"event-unsubscribe">) => client.send("DELETE", "event-unsubscribe", gone),
    onSuccess: useChanged(),
  });
}

/** event-subscription-enable: one that was disabled begins anew. */
export function useEnable() {
  const client = useClient();
  return useMutation({
    mutationFn: (disabled: Body<"event-subscription-enable">) => client.send("POST", "event-subscription-enable", disabled),
    onSuccess: useChanged(),
  });
}

/** event-subscription-test: an event of no meaning, now and once; it is no delivery and counts nowhere. */
export function useTest() {
  const client = useClient();
  return useMutation({
    mutationFn: (tested: Body<"event-subscription-test">) => client.send("POST", "event-subscription-test", tested),
  });
}
