import { useQuery } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

const EVERY = 10_000;

/** event-stats: how many, of which types, and how far behind. */
export function useStats() {
  const client = useClient();
  return useQuery({
    queryKey: ["event", "stats"],
    queryFn: ({ signal }) => client.get("event-stats", {}, signal),
    refetchInterval: EVERY,
  });
}
