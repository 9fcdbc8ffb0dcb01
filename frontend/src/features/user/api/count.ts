import { useQuery } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** user-count, for administrators. */
export function useCount() {
  const client = useClient();
  return useQuery({ queryKey: ["user", "count"], queryFn: ({ signal }) => client.get("user-count", {}, signal) });
}
