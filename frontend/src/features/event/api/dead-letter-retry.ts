import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** event-dead-letter-retry: back to its function's queue, as if it came for the first time. */
export function useDeadLetterRetry() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (retry: { id: string; why: string }) => client.send("POST", "event-dead-letter-retry", retry),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["event", "dead-letters"] }),
  });
}
