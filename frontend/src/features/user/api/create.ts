import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Body } from "@/api/operations";
import { useClient } from "@/lib/use-client";

/** user-create: Clerk makes the account, and tells the row by its webhook. */
export function useCreate() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (member: Body<"user-create">) => client.send("POST", "user-create", member),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["user"] }),
  });
}
