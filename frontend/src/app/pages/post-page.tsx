import { Navigate, useNavigate, useParams } from "react-router";
import { NotFoundPage } from "@/app/pages/not-found-page";
import { LoadedPost } from "@/app/loaded-post";
import { useSignIn } from "@/app/use-sign-in";
import { Button } from "@/components/button";
import { useAuth } from "@/features/auth/auth";
import { Comments } from "@/features/comment/components/comments";
import { LikeButton } from "@/features/like/components/like-button";
import { Likers } from "@/features/like/components/likers";
import { DeletePost } from "@/features/post/components/delete-post";
import { FeaturePost } from "@/features/post/components/feature-post";
import { PostArticle } from "@/features/post/components/post-article";
import type { Post } from "@/features/post/post";
import { MemberLink } from "@/features/user/components/member-link";
import { useTitle } from "@/lib/use-title";
import styles from "./post-page.module.css";

export default function PostPage() {
  const { slug = "" } = useParams();
  return (
    <LoadedPost slug={slug} missing={<NotFoundPage what="post" />}>
      {(post) => (post.status === "draft" ? <Navigate to={`/draft/${slug}`} replace /> : <Published post={post} />)}
    </LoadedPost>
  );
}

function Published({ post }: { post: Post }) {
  const { member } = useAuth();
  const navigate = useNavigate();
  const signIn = useSignIn();
  useTitle(post.title);
  const admin = member?.role === "admin";
  const own = member?.id === post.author.id;
  return (
    <>
      <PostArticle post={post} />
      <div className={styles.after}>
        <div className={styles.actions}>
          <LikeButton postId={post.id} memberId={member?.id ?? null} fallback={post.likes} onSignIn={signIn}>
            <Likers postId={post.id} who={(id) => <MemberLink id={id} />} />
          </LikeButton>
          {(own || admin) && (
            <div className={styles.tools}>
              {admin && <FeaturePost post={post} />}
              <Button look="quiet" small onClick={() => void navigate(`/edit/${post.slug}`)}>
                Edit
              </Button>
              <DeletePost post={post} onDeleted={() => void navigate("/")} />
            </div>
          )}
        </div>
        <Comments postId={post.id} authorId={post.author.id} total={post.comments} reader={member} onSignIn={signIn} />
      </div>
    </>
  );
}
