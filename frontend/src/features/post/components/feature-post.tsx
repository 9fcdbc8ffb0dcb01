import { Button } from "@/components/button";
import { ProblemNotice } from "@/components/problem-notice";
import { usePatch } from "@/features/post/api/patch";
import type { Headline } from "@/features/post/post";

/** For administrators: puts a post first, or back among the others. */
export function FeaturePost({ post }: { post: Headline }) {
  const patch = usePatch(post);
  return (
    <>
      <Button
        look="quiet"
        small
        aria-pressed={post.featured}
        disabled={patch.isPending}
        onClick={() => patch.mutate({ featured: !post.featured })}
      >
        {post.featured ? "Featured" : "Feature"}
      </Button>
      {patch.isError && <ProblemNotice thrown={patch.error} />}
    </>
  );
}
