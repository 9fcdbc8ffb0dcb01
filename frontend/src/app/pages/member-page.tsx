import { Link, useParams, useSearchParams } from "react-router";
import { NotFoundPage } from "@/app/pages/not-found-page";
import { SheetPage } from "@/app/sheet-page";
import { EmptyNotice } from "@/components/empty-notice";
import { ProblemNotice } from "@/components/problem-notice";
import { Bone } from "@/components/skeleton";
import { Views } from "@/components/views";
import { useAuth } from "@/features/auth/auth";
import { MemberComments } from "@/features/comment/components/member-comments";
import { LikedPosts } from "@/features/like/components/liked-posts";
import { useByUser } from "@/features/post/api/by-user";
import { PostLine } from "@/features/post/components/post-line";
import { PostList } from "@/features/post/components/post-list";
import { useGet } from "@/features/user/api/get";
import { MemberHead } from "@/features/user/components/member-head";
import { asProblem } from "@/lib/problem";

type Show = "posts" | "comments" | "likes";

export default function MemberPage() {
  const { id = "" } = useParams();
  const [search] = useSearchParams();
  const { member } = useAuth();
  const found = useGet(id);
  const own = member?.id === id;
  const mayLikes = own || member?.role === "admin";
  const asked = search.get("show");
  const show: Show = asked === "comments" || (asked === "likes" && mayLikes) ? asked : "posts";

  if (found.isError && asProblem(found.error).status === 404) return <NotFoundPage what="member" />;
  const name = found.data?.name ?? "Member";
  const views: { value: Show; label: string }[] = [
    { value: "posts", label: "Posts" },
    { value: "comments", label: "Comments" },
    // What somebody likes is told to themself and to administrators.
    ...(mayLikes ? [{ value: "likes" as const, label: "Likes" }] : []),
  ];
  return (
    <SheetPage
      title={name}
      heading={found.data ? <MemberHead profile={found.data} /> : found.isPending ? <Bone width="16rem" height="4.5rem" /> : name}
      actions={own && <Link to="/account">Your account</Link>}
    >
      {found.isError && <ProblemNotice thrown={found.error} onRetry={() => void found.refetch()} />}
      <Views
        label="What to show"
        views={views.map(({ value, label }) => ({
          to: value === "posts" ? "." : `?show=${value}`,
          label,
          current: value === show,
        }))}
      />
      {show === "posts" && <Posts id={id} name={name} own={own} />}
      {show === "comments" && <MemberComments userId={id} own={own} post={(postId) => <PostLine id={postId} />} />}
      {show === "likes" && <LikedPosts userId={id} post={(postId) => <PostLine id={postId} />} />}
    </SheetPage>
  );
}

function Posts({ id, name, own }: { id: string; name: string; own: boolean }) {
  const list = useByUser(id);
  return (
    <PostList
      list={list}
      empty={
        <EmptyNotice title={own ? "You have published nothing yet" : `${name} has published nothing yet`}>
          {own && <Link to="/write">Write a post</Link>}
        </EmptyNotice>
      }
    />
  );
}
