import { useQueryClient } from "@tanstack/react-query";
import type { Post } from "@/features/post/post";

/** What every page must know after a post has changed: it is kept, and the lists are asked again. */
export function usePostsChanged() {
  const queries = useQueryClient();
  const lists = () =>
    queries.invalidateQueries({ predicate: ({ queryKey: [feature, list] }) => feature === "post" && list !== "slug" });
  return {
    is: (post: Post) => {
      queries.setQueryData(["post", "slug", post.slug], post);
      return lists();
    },
    gone: (slug: string) => {
      // Who still shows it leaves now; asking for it again would answer 404 on the way out.
      void queries.cancelQueries({ queryKey: ["post", "slug", slug] });
      setTimeout(() => queries.removeQueries({ queryKey: ["post", "slug", slug] }));
      return lists();
    },
  };
}
