import { type ReactNode, useEffect } from "react";
import { ProblemNotice } from "@/components/problem-notice";
import { useAuth } from "@/features/auth/auth";
import { useGetBySlug } from "@/features/post/api/get-by-slug";
import { PostArticleSkeleton } from "@/features/post/components/post-article";
import type { Post } from "@/features/post/post";
import { asProblem } from "@/lib/problem";
import styles from "./pages/post-page.module.css";

interface Props {
  slug: string;
  missing: ReactNode;
  children: (post: Post) => ReactNode;
}

/** The post of a page, or what stands in its place while it comes or when it does not. */
export function LoadedPost({ slug, missing, children }: Props) {
  const { member } = useAuth();
  const found = useGetBySlug(slug);
  const { refetch } = found;
  const unknown = found.error !== null && asProblem(found.error).status === 404;
  // What a visitor may not know of may be this member's draft: asked again once it is known who reads.
  useEffect(() => {
    if (unknown && member) void refetch();
  }, [member, refetch, unknown]);
  if (found.isPending || (unknown && found.isFetching)) return <PostArticleSkeleton />;
  if (found.data) return children(found.data);
  if (unknown) return missing;
  return (
    <div className={styles.after}>
      <ProblemNotice thrown={found.error} onRetry={() => void found.refetch()} />
    </div>
  );
}
