import { useMutation } from "@tanstack/react-query";
import type { Role } from "@/features/user/user";
import { useClient } from "@/lib/use-client";

/** user-set-role: Clerk is asked, and tells the row by its webhook. */
export function useSetRole(id: string) {
  const client = useClient();
  return useMutation({ mutationFn: (role: Role) => client.send("POST", "user-set-role", { id, role }) });
}
