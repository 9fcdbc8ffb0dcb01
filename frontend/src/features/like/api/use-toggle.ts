import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type LikeCount, likeKey, toggled } from "@/features/like/like";
import { useClient } from "@/lib/use-client";

/** Likes or unlikes at once on the page, and takes it back when the server refuses. */
export function useToggle(postId: string, memberId: string | null, fallback: number) {
  const client = useClient();
  const queries = useQueryClient();
  const queryKey = likeKey(postId, memberId);
  return useMutation({
    // Quick clicks reach the server in the order they were made.
    scope: { id: `like ${postId}` },
    mutationKey: queryKey,
    mutationFn: (liked: boolean) =>
      liked
        ? client.send("POST", "like-add", { post_id: postId })
        : client.send("DELETE", "like-remove", { post_id: postId }),
    onMutate: async (liked) => {
      await queries.cancelQueries({ queryKey });
      const before = queries.getQueryData<LikeCount>(queryKey);
      // Who is quicker than the count starts from what the post said.
      const from = before ?? { counts: { [postId]: fallback }, mine: [] };
      queries.setQueryData(queryKey, toggled(from, postId, liked));
      return { before };
    },
    onError: (_, __, context) => {
      if (context?.before) queries.setQueryData(queryKey, context.before);
      else queries.removeQueries({ queryKey });
    },
    onSettled: () => {
      if (queries.isMutating({ mutationKey: queryKey }) > 1) return;
      void queries.invalidateQueries({ queryKey });
      void queries.invalidateQueries({ queryKey: ["like", "by-post", postId] });
      void queries.invalidateQueries({ queryKey: ["like", "by-user"], refetchType: "none" });
      void queries.invalidateQueries({ queryKey: ["post"], refetchType: "none" });
    },
  });
}
