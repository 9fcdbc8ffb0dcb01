import { useMutation } from "@tanstack/react-query";
import { useCommentsChanged } from "@/features/comment/api/changed";
import type { Comment } from "@/features/comment/comment";
import { useClient } from "@/lib/use-client";

/** comment-delete, for its author and for administrators; its replies go with it. */
export function useDelete(comment: Comment) {
  const client = useClient();
  const changed = useCommentsChanged();
  return useMutation({
    mutationFn: () => client.send("DELETE", "comment-delete", { id: comment.id }),
    onSuccess: () => changed.gone(comment),
  });
}
