import { useQuery } from "@tanstack/react-query";
import type { Post } from "@/features/post/post";
import { useClient } from "@/lib/use-client";

/** What a post is now, apart from what its form was opened with. */
export function useLatest({ id, revision }: Post, enabled: boolean) {
  const client = useClient();
  return useQuery({
    queryKey: ["post", "id", id, "after", revision],
    queryFn: ({ signal }) => client.get("post-get", { id }, signal),
    enabled,
  });
}
