import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

export interface Reconciled {
  checked: number;
  changed: number;
  deleted: number;
}

/** user-reconcile, a step each call until all of Clerk's members were compared with ours. */
export function useReconcile() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (): Promise<Reconciled> => {
      const sum = { checked: 0, changed: 0, deleted: 0 };
      for (let again = true; again; ) {
        const step = await client.send("POST", "user-reconcile", undefined);
        sum.checked += step.checked;
        sum.changed += step.changed;
        sum.deleted += step.deleted;
        again = step.again;
      }
      return sum;
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["user"] }),
  });
}
