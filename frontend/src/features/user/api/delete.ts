import { useMutation } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** user-delete: one's own account, and others' for administrators. */
export function useDelete(id: string) {
  const client = useClient();
  return useMutation({ mutationFn: () => client.send("DELETE", "user-delete", { id }) });
}
