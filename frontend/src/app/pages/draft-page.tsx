import { Navigate, useNavigate, useParams } from "react-router";
import { NotFoundPage } from "@/app/pages/not-found-page";
import { LoadedPost } from "@/app/loaded-post";
import { Gate } from "@/app/sheet-page";
import { Button } from "@/components/button";
import { ProblemNotice } from "@/components/problem-notice";
import { usePatch } from "@/features/post/api/patch";
import { DeletePost } from "@/features/post/components/delete-post";
import { PostArticle } from "@/features/post/components/post-article";
import type { Post } from "@/features/post/post";
import { useTitle } from "@/lib/use-title";
import styles from "./post-page.module.css";

/** A post that only its author sees, at an address of its own. */
export default function DraftPage() {
  const { slug = "" } = useParams();
  return (
    <Gate gate="member">
      <LoadedPost slug={slug} missing={<NotFoundPage what="draft" />}>
        {(post) => (post.status === "draft" ? <Draft post={post} /> : <Navigate to={`/post/${slug}`} replace />)}
      </LoadedPost>
    </Gate>
  );
}

function Draft({ post }: { post: Post }) {
  useTitle(`${post.title} (draft)`);
  const navigate = useNavigate();
  const publish = usePatch(post);
  return (
    <>
      <div className={styles.notice} role="note">
        <p>
          <b>Draft.</b> Only you and administrators see it.
        </p>
        <div className={styles.tools}>
          <Button
            look="solid"
            small
            disabled={publish.isPending}
            onClick={() =>
              publish.mutate({ status: "published" }, { onSuccess: ({ slug }) => void navigate(`/post/${slug}`) })
            }
          >
            {publish.isPending ? "Publishing" : "Publish"}
          </Button>
          <Button small onClick={() => void navigate(`/edit/${post.slug}`)}>
            Edit
          </Button>
          <DeletePost post={post} onDeleted={() => void navigate("/my-posts?status=draft")} />
        </div>
        {publish.isError && <ProblemNotice thrown={publish.error} />}
      </div>
      <PostArticle post={post} />
    </>
  );
}
