import { useQuery } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** post-count: how many there are, and in which categories. */
export function useCount() {
  const client = useClient();
  return useQuery({
    queryKey: ["post", "count"],
    queryFn: ({ signal }) => client.get("post-count", {}, signal),
    staleTime: 30_000,
  });
}
