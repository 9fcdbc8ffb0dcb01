import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** media-update of what a picture shows, in words. */
export function useUpdate(id: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (alt: string) => client.send("PATCH", "media-update", { id, alt }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["media"] }),
  });
}
