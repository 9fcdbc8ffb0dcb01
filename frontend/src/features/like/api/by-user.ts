import { useInfiniteQuery } from "@tanstack/react-query";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 12;

/** like-by-user: what a member likes, told to themself and to administrators. */
export function useByUser(userId: string) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["like", "by-user", userId],
    queryFn: ({ pageParam, signal }) =>
      client.get("like-by-user", { user_id: userId, cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
  });
}
