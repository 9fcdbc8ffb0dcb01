import { useState } from "react";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { useDelete } from "@/features/comment/api/delete";
import { useUpdate } from "@/features/comment/api/update";
import type { Comment } from "@/features/comment/comment";
import { CommentText } from "@/features/comment/components/comment-text";

interface ToolsProps {
  comment: Comment;
  mayEdit: boolean;
  replies: number;
  onEdit: () => void;
}

/** What its author, or an administrator, can do about a comment. */
export function CommentTools({ comment, mayEdit, replies, onEdit }: ToolsProps) {
  const remove = useDelete(comment);
  return (
    <>
      {mayEdit && (
        <Button look="quiet" small onClick={onEdit}>
          Edit
        </Button>
      )}
      <Confirm
        label="Delete"
        title="Delete this comment?"
        deed="Delete comment"
        pending={remove.isPending}
        thrown={remove.error}
        onConfirm={() => remove.mutate()}
      >
        <p>
          {replies > 0 && (replies === 1 ? "Its reply goes with it. " : `Its ${replies} replies go with it. `)}
          This cannot be undone.
        </p>
      </Confirm>
    </>
  );
}

/** A comment while its author changes it. */
export function CommentEdit({ comment, onDone }: { comment: Comment; onDone: () => void }) {
  const [text, setText] = useState(comment.text);
  const update = useUpdate(comment);
  return (
    <CommentText
      label="Edit your comment"
      deed="Save"
      doing="Saving"
      rows={4}
      text={text}
      onText={setText}
      focus
      pending={update.isPending}
      thrown={update.error}
      onSubmit={() => update.mutate(text.trim(), { onSuccess: onDone })}
      onCancel={onDone}
    />
  );
}
