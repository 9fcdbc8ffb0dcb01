import { useQuery } from "@tanstack/react-query";
import type { Post } from "@/features/post/post";
import { useClient } from "@/lib/use-client";

/** post-get-by-slug */
export function useGetBySlug(slug: string) {
  const client = useClient();
  return useQuery({
    queryKey: ["post", "slug", slug],
    queryFn: ({ signal }) => client.get<Post>("post-get-by-slug", { slug }, signal),
  });
}
