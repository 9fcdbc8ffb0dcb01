import { useRef } from "react";
import { Button } from "@/components/button";
import { ProblemNotice } from "@/components/problem-notice";
import { useDelete } from "@/features/post/api/delete";
import type { Post } from "@/features/post/post";
import styles from "./delete-post.module.css";

/** Asks once, because nothing brings a post back. */
export function DeletePost({ post, onDeleted }: { post: Post; onDeleted: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const remove = useDelete(onDeleted);
  return (
    <>
      <Button look="quiet" small onClick={() => dialog.current?.showModal()}>
        Delete post
      </Button>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby="delete-title">
        <h2 id="delete-title">Delete “{post.title}”?</h2>
        <p>Its likes and comments go with it. This cannot be undone.</p>
        {remove.isError && <ProblemNotice thrown={remove.error} />}
        <div className={styles.choices}>
          <Button onClick={() => dialog.current?.close()}>Keep it</Button>
          <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate(post)}>
            Delete post
          </Button>
        </div>
      </dialog>
    </>
  );
}
