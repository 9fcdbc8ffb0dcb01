import { useSearchParams } from "react-router";
import { SheetPage } from "@/app/sheet-page";
import { EmptyNotice } from "@/components/empty-notice";
import { useSearch } from "@/features/post/api/search";
import { PostFilters } from "@/features/post/components/post-filters";
import { PostList } from "@/features/post/components/post-list";
import { SearchForm } from "@/features/post/components/search-form";
import { SEARCH_SORTS, sortOf } from "@/features/post/filters";

export default function SearchPage() {
  const [search] = useSearchParams();
  const q = search.get("q")?.trim() ?? "";
  const sort = sortOf(SEARCH_SORTS, search.get("sort"));
  const found = useSearch({ q, category: search.get("category") ?? "", tag: search.get("tag") ?? "", sort });
  return (
    <SheetPage title={q ? `Search: ${q}` : "Search"} heading="Search">
      <SearchForm q={q} />
      {q && (
        <>
          <PostFilters sorts={SEARCH_SORTS} sort={sort} />
          <PostList
            list={found}
            empty={
              <EmptyNotice title="Nothing was found">
                <p>No post has the words “{q}”. Fewer words find more; “-word” leaves posts with it out.</p>
              </EmptyNotice>
            }
          />
        </>
      )}
    </SheetPage>
  );
}
