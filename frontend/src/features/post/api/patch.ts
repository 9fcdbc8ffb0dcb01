import { useMutation } from "@tanstack/react-query";
import { usePostsChanged } from "@/features/post/api/changed";
import type { Headline } from "@/features/post/post";
import { useClient } from "@/lib/use-client";

/** post-patch of one part: what is featured, and what is published. */
export function usePatch(post: Headline) {
  const client = useClient();
  const changed = usePostsChanged();
  return useMutation({
    mutationFn: (part: { featured?: boolean; status?: "published" }) =>
      client.send("PATCH", "post-patch", { id: post.id, ...part }, { revision: post.revision }),
    onSuccess: changed.is,
  });
}
