import { type SyntheticEvent, useState } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { useCreate } from "@/features/comment/api/create";
import { asProblem } from "@/lib/problem";
import styles from "./comment-form.module.css";

interface Props {
  postId: string;
  /** The comment that is answered; null begins a conversation. */
  parentId?: string | null;
  label: string;
  onDone?: () => void;
  onCancel?: () => void;
}

const LONGEST = 5000;

export function CommentForm({ postId, parentId = null, label, onDone, onCancel }: Props) {
  const [text, setText] = useState("");
  const create = useCreate(postId);
  const problem = create.error ? asProblem(create.error) : null;
  const wrong = problem?.fields["text"];

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const comment = { text: text.trim(), ...(parentId && { parent_id: parentId }) };
    create.mutate(comment, {
      onSuccess: () => {
        setText("");
        onDone?.();
      },
    });
  };

  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label={label} error={wrong}>
        {(described) => (
          <textarea
            {...described}
            rows={parentId ? 3 : 4}
            maxLength={LONGEST}
            required
            value={text}
            // A reply opens because its button was pressed: the caret belongs here.
            // eslint-disable-next-line jsx-a11y/no-autofocus -- focus follows the reader's own action
            autoFocus={parentId !== null}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      {problem && !wrong && <ProblemNotice thrown={problem} />}
      <div className={styles.actions}>
        <Button type="submit" look="solid" small disabled={create.isPending || text.trim() === ""}>
          {create.isPending ? "Sending" : parentId ? "Reply" : "Comment"}
        </Button>
        {onCancel && (
          <Button look="quiet" small onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  );
}
