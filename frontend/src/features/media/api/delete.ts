import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** media-delete */
export function useDelete(id: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => client.send("DELETE", "media-delete", { id }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["media"] }),
  });
}
