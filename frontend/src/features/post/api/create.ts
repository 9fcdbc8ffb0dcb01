import { useMutation } from "@tanstack/react-query";
import { usePostsChanged } from "@/features/post/api/changed";
import type { NewPost } from "@/features/post/post";
import { useClient } from "@/lib/use-client";

/** post-create: a draft, or published at once. */
export function useCreate() {
  const client = useClient();
  const changed = usePostsChanged();
  return useMutation({
    mutationFn: (post: NewPost) => client.send("POST", "post-create", post),
    onSuccess: changed.is,
  });
}
