import { Link, useNavigate, useSearchParams } from "react-router";
import { SheetPage } from "@/app/sheet-page";
import { Button } from "@/components/button";
import { EmptyNotice } from "@/components/empty-notice";
import { Views } from "@/components/views";
import { useAuth } from "@/features/auth/auth";
import { useByUser } from "@/features/post/api/by-user";
import { MyPosts } from "@/features/post/components/my-posts";
import type { Status } from "@/features/post/post";

const VIEWS: { value: Status; label: string }[] = [
  { value: "published", label: "Published" },
  { value: "draft", label: "Drafts" },
];

export default function MyPostsPage() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const status: Status = search.get("status") === "draft" ? "draft" : "published";
  return (
    <SheetPage
      title="My posts"
      gate="member"
      actions={
        <Button small onClick={() => void navigate("/write")}>
          Write a post
        </Button>
      }
    >
      <Views
        label="My posts by state"
        views={VIEWS.map(({ value, label }) => ({
          to: value === "published" ? "." : `?status=${value}`,
          label,
          current: value === status,
        }))}
      />
      <Mine key={status} status={status} />
    </SheetPage>
  );
}

function Mine({ status }: { status: Status }) {
  const { member } = useAuth();
  const list = useByUser(member?.id ?? "", status);
  return (
    <MyPosts
      list={list}
      empty={
        <EmptyNotice title={status === "draft" ? "No drafts" : "You have published nothing yet"}>
          <Link to="/write">Write a post</Link>
        </EmptyNotice>
      }
    />
  );
}
