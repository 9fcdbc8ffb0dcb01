import { useMutation } from "@tanstack/react-query";
import { usePostsChanged } from "@/features/post/api/changed";
import type { Headline } from "@/features/post/post";
import { useClient } from "@/lib/use-client";

/** post-delete, for its author and for administrators. */
export function useDelete() {
  const client = useClient();
  const changed = usePostsChanged();
  return useMutation({
    mutationFn: ({ id }: Headline) => client.send("DELETE", "post-delete", { id }),
    onSuccess: (_, { slug }) => changed.gone(slug),
  });
}
