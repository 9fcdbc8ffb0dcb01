import type { SyntheticEvent } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { asProblem } from "@/lib/problem";
import styles from "./comment-form.module.css";

interface Props {
  label: string;
  deed: string;
  doing: string;
  rows: number;
  text: string;
  onText: (text: string) => void;
  /** It opened because a button was pressed: the caret belongs here. */
  focus: boolean;
  pending: boolean;
  thrown: unknown;
  onSubmit: () => void;
  onCancel?: (() => void) | undefined;
}

const LONGEST = 5000;

/** Where a comment is typed, for the first time or again. */
export function CommentText({ label, deed, doing, rows, text, onText, focus, pending, thrown, onSubmit, onCancel }: Props) {
  const problem = thrown === null ? null : asProblem(thrown);
  const wrong = problem?.fields["text"];
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label={label} error={wrong}>
        {(described) => (
          <textarea
            {...described}
            rows={rows}
            maxLength={LONGEST}
            required
            value={text}
            // eslint-disable-next-line jsx-a11y/no-autofocus -- focus follows the reader's own action
            autoFocus={focus}
            onChange={(event) => onText(event.target.value)}
          />
        )}
      </Field>
      {problem && !wrong && <ProblemNotice thrown={problem} />}
      <div className={styles.actions}>
        <Button type="submit" look="solid" disabled={pending || !text.trim()}>
          {pending ? doing : deed}
        </Button>
        {onCancel && (
          <Button look="quiet" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  );
}
