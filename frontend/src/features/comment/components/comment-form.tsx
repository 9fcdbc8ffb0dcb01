import { useState } from "react";
import { useCreate } from "@/features/comment/api/create";
import { CommentText } from "@/features/comment/components/comment-text";

interface Props {
  postId: string;
  /** The comment that is answered; null begins a conversation. */
  parentId?: string | null;
  label: string;
  onDone?: () => void;
  onCancel?: () => void;
}

/** A new comment. */
export function CommentForm({ postId, parentId = null, label, onDone, onCancel }: Props) {
  const [text, setText] = useState("");
  const create = useCreate(postId);
  const submit = () =>
    create.mutate(
      { text: text.trim(), ...(parentId && { parent_id: parentId }) },
      {
        onSuccess: () => {
          setText("");
          onDone?.();
        },
      },
    );
  return (
    <CommentText
      label={label}
      deed={parentId ? "Reply" : "Comment"}
      doing="Sending"
      rows={parentId ? 3 : 4}
      text={text}
      onText={setText}
      focus={parentId !== null}
      pending={create.isPending}
      thrown={create.error}
      onSubmit={submit}
      onCancel={onCancel}
    />
  );
}
