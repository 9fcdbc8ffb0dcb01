import { type ReactNode, type SyntheticEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { CategoryField } from "@/features/post/components/category-field";
import { ContentField } from "@/features/post/components/content-field";
import type { Draft } from "@/features/post/draft";
import type { Status } from "@/features/post/post";
import { asProblem } from "@/lib/problem";
import styles from "./post-form.module.css";

export interface CoverProps {
  url: string;
  onChange: (url: string) => void;
  error?: string | undefined;
}

interface Props {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
  /** Pictures are another feature's matter; the page brings it. */
  cover: (props: CoverProps) => ReactNode;
  /** Published is published: such a post is only saved. */
  published: boolean;
  pending: Status | null;
  thrown: unknown;
  /** In place of the refusal that the form would show. */
  conflict?: ReactNode;
  hint: string;
  onSave: (status: Status) => void;
}

const SHOWN = ["title", "summary", "content", "cover", "category", "tags"];

/** Everything a post has, whether it is written or changed. */
export function PostForm({ draft, onChange, cover, published, pending, thrown, conflict, hint, onSave }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const problem = thrown === null ? null : asProblem(thrown);
  const [mended, setMended] = useState<string[]>([]);
  const wrong: Record<string, string | undefined> = { ...problem?.fields };
  const elsewhere = problem && !Object.keys(wrong).some((name) => SHOWN.includes(name));
  for (const name of mended) wrong[name] = undefined;

  /** A field that was changed is no longer the one that was refused. */
  const change = (part: Partial<Draft>) => {
    onChange(part);
    setMended((before) => [...new Set([...before, ...Object.keys(part)])]);
  };

  useEffect(() => {
    if (thrown) form.current?.querySelector<HTMLElement>("[aria-invalid=true], [role=alert]")?.focus();
  }, [thrown]);

  const save = (status: Status) => {
    setMended([]);
    onSave(status);
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save("published");
  };
  const text = (name: "title" | "tags") => ({
    value: draft[name],
    autoComplete: "off",
    onChange: (event: { target: { value: string } }) => change({ [name]: event.target.value }),
  });

  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      <div className={styles.heading}>
        <Field label="Title" error={wrong["title"]}>
          {(described) => <input {...described} {...text("title")} className={styles.title} maxLength={200} />}
        </Field>
        <Field label="Summary" hint="One or two sentences that stand under the title and in the list" error={wrong["summary"]}>
          {(described) => (
            <textarea
              {...described}
              className={styles.summary}
              value={draft.summary}
              rows={2}
              maxLength={500}
              onChange={(event) => change({ summary: event.target.value })}
            />
          )}
        </Field>
      </div>
      <ContentField value={draft.content} onChange={(content) => change({ content })} error={wrong["content"]} />
      <div className={styles.about}>
        {cover({ url: draft.cover, onChange: (url) => change({ cover: url }), error: wrong["cover"] })}
        <div className={styles.pair}>
          <CategoryField
            value={draft.category}
            onChange={(category) => change({ category })}
            error={wrong["category"]}
          />
          <Field label="Tags" hint="Separated by commas" error={wrong["tags"]}>
            {(described) => <input {...described} {...text("tags")} />}
          </Field>
        </div>
      </div>
      {conflict ?? (problem && elsewhere && <ProblemNotice thrown={problem} />)}
      <div className={styles.actions}>
        <Button type="submit" look="solid" disabled={pending !== null}>
          {published ? (pending ? "Saving" : "Save") : pending === "published" ? "Publishing" : "Publish"}
        </Button>
        {!published && (
          <Button disabled={pending !== null} onClick={() => save("draft")}>
            {pending === "draft" ? "Saving" : "Save draft"}
          </Button>
        )}
        <p>{hint}</p>
      </div>
    </form>
  );
}
