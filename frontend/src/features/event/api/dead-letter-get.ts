import { useQuery } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** event-dead-letter-get: what came, and what was done about it. */
export function useDeadLetterGet(id: string, enabled: boolean) {
  const client = useClient();
  return useQuery({
    queryKey: ["event", "dead-letters", "one", id],
    queryFn: ({ signal }) => client.get("event-dead-letter-get", { id }, signal),
    enabled,
  });
}
