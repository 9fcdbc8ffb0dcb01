import { useQuery } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** post-get, for lists that know ids alone. */
export function useGet(id: string) {
  const client = useClient();
  return useQuery({
    queryKey: ["post", "id", id],
    queryFn: ({ signal }) => client.get("post-get", { id }, signal),
    staleTime: 30_000,
  });
}
