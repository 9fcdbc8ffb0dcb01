import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { type Comment, without } from "@/features/comment/comment";
import type { Page } from "@/lib/pages";

/** What every page must know after a comment has changed. */
export function useCommentsChanged() {
  const queries = useQueryClient();
  const edit = (postId: string, change: (items: Comment[]) => Comment[]) => {
    queries.setQueryData<InfiniteData<Page<Comment>, string>>(
      ["comment", "by-post", postId],
      (before) =>
        before && { ...before, pages: before.pages.map((page) => ({ ...page, items: change(page.items) })) },
    );
    void queries.invalidateQueries({ queryKey: ["comment", "by-user"] });
    void queries.invalidateQueries({ queryKey: ["post"], refetchType: "none" });
  };
  return {
    is: (comment: Comment) =>
      edit(comment.post_id, (items) => items.map((item) => (item.id === comment.id ? comment : item))),
    gone: ({ id, post_id }: Comment) => edit(post_id, (items) => without(items, id)),
  };
}
