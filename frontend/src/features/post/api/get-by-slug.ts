import { useQuery } from "@tanstack/react-query";
import { useClient } from "@/lib/use-client";

/** post-get-by-slug; a draft is told to its author and to administrators alone. */
export function useGetBySlug(slug: string) {
  const client = useClient();
  return useQuery({
    queryKey: ["post", "slug", slug],
    queryFn: ({ signal }) => client.get("post-get-by-slug", { slug }, signal),
  });
}
