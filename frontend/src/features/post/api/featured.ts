import { useQuery } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

const SHOWN = 3;

/** post-featured: what the editors put first. */
export function useFeatured(enabled: boolean) {
  const client = useClient();
  return useQuery({
    queryKey: ["post", "featured"],
    queryFn: ({ signal }) => client.get("post-featured", { limit: SHOWN }, signal),
    enabled,
    staleTime: 30_000,
    // The list waits for it, so that nothing moves: it is an extra, and not asked twice.
    retry: false,
  });
}
