import { useMutation } from "@tanstack/react-query";
import type { Body } from "@/api/operations";
import { useClient } from "@/lib/use-client";

/** user-update of one's own account: Clerk is asked, and tells the row by its webhook. */
export function useUpdate() {
  const client = useClient();
  return useMutation({ mutationFn: (part: Body<"user-update">) => client.send("PATCH", "user-update", part) });
}
