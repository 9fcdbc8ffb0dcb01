import { useInfiniteQuery } from "@tanstack/react-query";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 20;

/** comment-by-user, newest first. */
export function useByUser(userId: string) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["comment", "by-user", userId],
    queryFn: ({ pageParam, signal }) =>
      client.get("comment-by-user", { user_id: userId, cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
  });
}
