import { useInfiniteQuery } from "@tanstack/react-query";
import { PAGE_SIZE } from "@/features/post/filters";
import type { Status } from "@/features/post/post";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

/** post-by-user: what a member has published, or their own drafts. */
export function useByUser(userId: string, status: Status = "published") {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["post", "by-user", userId, status],
    queryFn: ({ pageParam, signal }) =>
      client.get("post-by-user", { user_id: userId, status, limit: PAGE_SIZE, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
    enabled: userId !== "",
  });
}
