import { Confirm } from "@/components/confirm";
import { useDelete } from "@/features/post/api/delete";
import type { Headline } from "@/features/post/post";

/** Asks once, because nothing brings a post back. */
export function DeletePost({ post, onDeleted }: { post: Headline; onDeleted?: () => void }) {
  const remove = useDelete();
  const draft = post.status === "draft";
  return (
    <Confirm
      label={draft ? "Delete draft" : "Delete post"}
      title={`Delete “${post.title}”?`}
      deed={draft ? "Delete draft" : "Delete post"}
      pending={remove.isPending}
      thrown={remove.error}
      onConfirm={(close) =>
        remove.mutate(post, {
          onSuccess: () => {
            close();
            onDeleted?.();
          },
        })
      }
    >
      <p>{draft ? "Nobody else has seen it." : "Its likes and comments go with it."} This cannot be undone.</p>
    </Confirm>
  );
}
