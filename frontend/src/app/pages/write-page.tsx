import { useNavigate } from "react-router";
import { useSignIn } from "@/app/use-sign-in";
import { Button } from "@/components/button";
import { EmptyNotice } from "@/components/empty-notice";
import { Lines } from "@/components/skeleton";
import { useAuth } from "@/features/auth/auth";
import { CoverField } from "@/features/media/components/cover-field";
import { PostForm } from "@/features/post/components/post-form";
import { useTitle } from "@/lib/use-title";
import styles from "./column.module.css";

export default function WritePage() {
  useTitle("Write");
  const { ready, signedIn } = useAuth();
  const signIn = useSignIn();
  const navigate = useNavigate();
  return (
    <div className={styles.column}>
      <h1 className={styles.title}>Write a post</h1>
      {!ready && <Lines count={6} />}
      {ready && !signedIn && (
        <EmptyNotice title="Posts are written by members">
          <Button look="solid" onClick={signIn}>
            Sign in to write
          </Button>
        </EmptyNotice>
      )}
      {signedIn && (
        <PostForm
          cover={(props) => <CoverField {...props} />}
          onPublished={(post) => void navigate(`/post/${post.slug}`)}
        />
      )}
    </div>
  );
}
