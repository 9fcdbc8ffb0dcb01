import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { Role } from "@/features/user/user";
import { nextCursor } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

const PAGE_SIZE = 30;

/** user-list, for administrators. */
export function useList(q: string, role: Role | "") {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["user", "list", q, role],
    queryFn: ({ pageParam, signal }) =>
      client.get("user-list", { q, role, cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: nextCursor,
    placeholderData: keepPreviousData,
  });
}
