import { useQuery } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** user-get: what everybody may know. */
export function useGet(id: string) {
  const client = useClient();
  return useQuery({
    queryKey: ["user", "get", id],
    queryFn: ({ signal }) => client.get("user-get", { id }, signal),
    staleTime: 60_000,
    enabled: id !== "",
  });
}
