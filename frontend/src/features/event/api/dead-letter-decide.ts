import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";
import { Problem } from "@/lib/problem";

interface Decision {
  id: string;
  why: string;
}

interface Seen {
  cause: string;
  seen_until: string;
  why: string;
}

function useDecided() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ["event", "dead-letters"] });
}

/** Somebody else decided in the meantime. */
function check(id: string, { changed }: { changed: string[] }): void {
  if (changed.includes(id)) return;
  throw new Problem({ status: 409, detail: "Somebody has decided about this dead letter meanwhile" });
}

/** event-dead-letter-discard: it is not sent again, and the reason stays with it. */
export function useDiscard() {
  const client = useClient();
  return useMutation({
    mutationFn: async ({ id, why }: Decision) =>
      check(id, await client.send("POST", "event-dead-letter-discard", { ids: [id], why })),
    onSuccess: useDecided(),
  });
}

/** event-dead-letter-restore: it waits again. */
export function useRestore() {
  const client = useClient();
  return useMutation({
    mutationFn: async ({ id, why }: Decision) =>
      check(id, await client.send("POST", "event-dead-letter-restore", { ids: [id], why })),
    onSuccess: useDecided(),
  });
}

/** event-dead-letter-discard of all of a cause that were seen. */
export function useDiscardSeen() {
  const client = useClient();
  return useMutation({
    mutationFn: (seen: Seen) => client.send("POST", "event-dead-letter-discard", seen),
    onSuccess: useDecided(),
  });
}

/** event-dead-letter-restore of all of a cause that were seen, or that one decision discarded. */
export function useRestoreSeen() {
  const client = useClient();
  return useMutation({
    mutationFn: (seen: Seen & { seen_from?: string }) => client.send("POST", "event-dead-letter-restore", seen),
    onSuccess: useDecided(),
  });
}

/** event-dead-letter-edit: what will be sent instead of what came. */
export function useEdit(id: string) {
  const client = useClient();
  return useMutation({
    mutationFn: ({ event, why }: { event: Record<string, unknown>; why: string }) =>
      client.send("PATCH", "event-dead-letter-edit", { id, event, why }),
    onSuccess: useDecided(),
  });
}
