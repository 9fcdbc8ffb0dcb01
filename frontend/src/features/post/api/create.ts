import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { NewPost, Post } from "@/features/post/post";
import { useClient } from "@/lib/use-client";

/** post-create: publishes at once. */
export function useCreate() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (post: NewPost) => client.send<Post>("POST", "post-create", post),
    onSuccess: (post) => {
      queries.setQueryData(["post", "slug", post.slug], post);
      return queries.invalidateQueries({ queryKey: ["post", "list"] });
    },
  });
}
