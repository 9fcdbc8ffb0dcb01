import { useNavigate, useParams } from "react-router";
import { NotFoundPage } from "@/app/pages/not-found-page";
import { useSignIn } from "@/app/use-sign-in";
import { ProblemNotice } from "@/components/problem-notice";
import { useAuth } from "@/features/auth/auth";
import { Comments } from "@/features/comment/components/comments";
import { LikeButton } from "@/features/like/components/like-button";
import { useGetBySlug } from "@/features/post/api/get-by-slug";
import { DeletePost } from "@/features/post/components/delete-post";
import { PostArticle, PostArticleSkeleton } from "@/features/post/components/post-article";
import { asProblem } from "@/lib/problem";
import { useTitle } from "@/lib/use-title";
import styles from "./post-page.module.css";

export default function PostPage() {
  const { slug = "" } = useParams();
  const { member, signedIn } = useAuth();
  const navigate = useNavigate();
  const signIn = useSignIn();
  const found = useGetBySlug(slug);
  const post = found.data;
  useTitle(post?.title);

  if (found.isPending) return <PostArticleSkeleton />;
  if (!post) {
    if (asProblem(found.error).status === 404) return <NotFoundPage what="post" />;
    return (
      <div className={styles.after}>
        <ProblemNotice thrown={found.error} onRetry={() => void found.refetch()} />
      </div>
    );
  }
  const mayDelete = member !== null && (member.id === post.author.id || member.role === "admin");
  return (
    <>
      <PostArticle post={post} />
      <div className={styles.after}>
        <div className={styles.actions}>
          <LikeButton
            postId={post.id}
            memberId={member?.id ?? null}
            fallback={post.likes}
            onSignIn={signIn}
          />
          {mayDelete && <DeletePost post={post} onDeleted={() => void navigate("/")} />}
        </div>
        <Comments
          postId={post.id}
          authorId={post.author.id}
          total={post.comments}
          signedIn={signedIn}
          onSignIn={signIn}
        />
      </div>
    </>
  );
}
