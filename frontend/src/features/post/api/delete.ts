import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Post } from "@/features/post/post";
import { useClient } from "@/lib/use-client";

/** post-delete, for its author and for administrators. */
export function useDelete(onDeleted: () => void) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id }: Post) => client.send<undefined>("DELETE", "post-delete", { id }),
    onSuccess: (_, { slug }) => {
      onDeleted();
      queries.removeQueries({ queryKey: ["post", "slug", slug] });
      return queries.invalidateQueries({ queryKey: ["post", "list"] });
    },
  });
}
