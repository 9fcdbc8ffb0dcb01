import { type InfiniteData, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Comment } from "@/features/comment/comment";
import type { Page } from "@/lib/pages";
import { useClient } from "@/lib/use-client";

interface NewComment {
  text: string;
  parent_id?: string;
}

/** comment-create: the answer joins the list at once, wherever the list has been read to. */
export function useCreate(postId: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (comment: NewComment) =>
      client.send("POST", "comment-create", { post_id: postId, ...comment }),
    onSuccess: (comment) => {
      queries.setQueryData<InfiniteData<Page<Comment>, string>>(
        ["comment", "by-post", postId],
        (before) => before && { ...before, pages: appended(before.pages, comment) },
      );
      void queries.invalidateQueries({ queryKey: ["comment", "by-user"], refetchType: "none" });
      void queries.invalidateQueries({ queryKey: ["post"], refetchType: "none" });
    },
  });
}

function appended(pages: Page<Comment>[], comment: Comment): Page<Comment>[] {
  return pages.map((page, index) =>
    index === pages.length - 1 ? { ...page, items: [...page.items, comment] } : page,
  );
}
