import { useQuery } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

const EVERY = 3000;

/** event-by-aggregate: the life of one thing, in the order it was lived. */
export function useByAggregate(aggregate: string) {
  const client = useClient();
  return useQuery({
    queryKey: ["event", "by-aggregate", aggregate],
    queryFn: ({ signal }) => client.get("event-by-aggregate", { aggregate }, signal),
    refetchInterval: EVERY,
  });
}
