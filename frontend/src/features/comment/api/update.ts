import { useMutation } from "@tanstack/react-query";
import { useCommentsChanged } from "@/features/comment/api/changed";
import type { Comment } from "@/features/comment/comment";
import { useClient } from "@/lib/use-client";

/** comment-update, made on the revision that its author saw. */
export function useUpdate({ id, revision }: Comment) {
  const client = useClient();
  const changed = useCommentsChanged();
  return useMutation({
    mutationFn: (text: string) => client.send("PATCH", "comment-update", { id, text }, { revision }),
    onSuccess: changed.is,
  });
}
