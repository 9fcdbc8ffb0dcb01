import { Link, useSearchParams } from "react-router";
import { EmptyNotice } from "@/components/empty-notice";
import { Sheet } from "@/components/sheet";
import { useFeatured } from "@/features/post/api/featured";
import { useList } from "@/features/post/api/list";
import { FeaturedPosts } from "@/features/post/components/featured-posts";
import { PostFilters } from "@/features/post/components/post-filters";
import { PostList } from "@/features/post/components/post-list";
import { sortOf, SORTS } from "@/features/post/filters";
import { useTitle } from "@/lib/use-title";

export function FrontPage() {
  const [search] = useSearchParams();
  const category = search.get("category") ?? "";
  const tag = search.get("tag") ?? "";
  const sort = sortOf(SORTS, search.get("sort"));
  const list = useList({ category, tag, sort });
  const filtered = category !== "" || tag !== "";
  const plain = !filtered && sort === "newest";
  const featured = useFeatured(plain);
  const waiting = list.isPending || (plain && featured.isPending);
  useTitle(filtered ? [category, tag && `#${tag}`].filter(Boolean).join(", ") : "Fanfold");
  return (
    <>
      <h1 className="visually-hidden">{filtered ? `Posts in ${category || `#${tag}`}` : "Posts"}</h1>
      <Sheet>
        <PostFilters sorts={SORTS} sort={sort} />
        {plain && !waiting && <FeaturedPosts posts={featured.data?.items ?? []} />}
        <PostList
          list={{ ...list, isPending: waiting }}
          lead
          empty={
            filtered ? (
              <EmptyNotice title="Nothing here yet">
                <p>No post is in {[category, tag && `#${tag}`].filter(Boolean).join(" with ")}.</p>
                <Link to="/">Show all posts</Link>
              </EmptyNotice>
            ) : (
              <EmptyNotice title="The first sheet is blank">
                <p>Nobody has published yet.</p>
                <Link to="/write">Write the first post</Link>
              </EmptyNotice>
            )
          }
        />
      </Sheet>
    </>
  );
}
