import { useMutation } from "@tanstack/react-query";
import { usePostsChanged } from "@/features/post/api/changed";
import type { NewPost, Post } from "@/features/post/post";
import { useClient } from "@/lib/use-client";

/** post-update, made on the revision that the writer saw. */
export function useUpdate(post: Post) {
  const client = useClient();
  const changed = usePostsChanged();
  return useMutation({
    mutationFn: ({ status = "published", ...rest }: NewPost) =>
      client.send("PUT", "post-update", { ...rest, id: post.id, status }, { revision: post.revision }),
    onSuccess: changed.is,
  });
}
