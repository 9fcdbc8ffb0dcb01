import { Link } from "react-router";
import { EmptyNotice } from "@/components/empty-notice";
import { Sheet } from "@/components/sheet";
import { PostList } from "@/features/post/components/post-list";
import { useTitle } from "@/lib/use-title";

export function FrontPage() {
  useTitle("Fanfold");
  return (
    <>
      <h1 className="visually-hidden">Newest posts</h1>
      <Sheet>
        <PostList
          empty={
            <EmptyNotice title="The first sheet is blank">
              <p>Nobody has published yet.</p>
              <Link to="/write">Write the first post</Link>
            </EmptyNotice>
          }
        />
      </Sheet>
    </>
  );
}
