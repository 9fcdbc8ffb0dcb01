import { type ReactNode, type SyntheticEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/components/button";
import { Field } from "@/components/field";
import { ProblemNotice } from "@/components/problem-notice";
import { useCreate } from "@/features/post/api/create";
import { ContentField } from "@/features/post/components/content-field";
import { type Draft, newPostOf, useDraft } from "@/features/post/draft";
import type { Post } from "@/features/post/post";
import { asProblem } from "@/lib/problem";
import styles from "./post-form.module.css";

export interface CoverProps {
  url: string;
  onChange: (url: string) => void;
  error?: string | undefined;
}

interface Props {
  /** Pictures are another feature's matter; the page brings it. */
  cover: (props: CoverProps) => ReactNode;
  onPublished: (post: Post) => void;
}

const SHOWN = ["title", "summary", "content", "cover", "category", "tags"];

export function PostForm({ cover, onPublished }: Props) {
  const { draft, change: setDraft, clear } = useDraft();
  const create = useCreate();
  const form = useRef<HTMLFormElement>(null);
  const problem = create.error ? asProblem(create.error) : null;
  const [mended, setMended] = useState<string[]>([]);
  const wrong: Record<string, string | undefined> = { ...problem?.fields };
  const elsewhere = problem && !Object.keys(wrong).some((name) => SHOWN.includes(name));
  for (const name of mended) wrong[name] = undefined;

  /** A field that was changed is no longer the one that was refused. */
  const change = (part: Partial<Draft>) => {
    setDraft(part);
    setMended((before) => [...new Set([...before, ...Object.keys(part)])]);
  };

  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>("[aria-invalid=true], [role=alert]")?.focus();
  }, [problem]);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setMended([]);
    create.mutate(newPostOf(draft), {
      onSuccess: (post) => {
        clear();
        onPublished(post);
      },
    });
  };

  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      <div className={styles.heading}>
        <Field label="Title" error={wrong["title"]}>
          {(described) => (
            <input
              {...described}
              className={styles.title}
              value={draft.title}
              maxLength={200}
              autoComplete="off"
              onChange={(event) => change({ title: event.target.value })}
            />
          )}
        </Field>
        <Field label="Summary" hint="One or two sentences that stand under the title and in the list" error={wrong["summary"]}>
          {(described) => (
            <textarea
              {...described}
              className={styles.summary}
              value={draft.summary}
              rows={2}
              onChange={(event) => change({ summary: event.target.value })}
            />
          )}
        </Field>
      </div>
      <ContentField value={draft.content} onChange={(content) => change({ content })} error={wrong["content"]} />
      <div className={styles.about}>
        {cover({ url: draft.cover, onChange: (url) => change({ cover: url }), error: wrong["cover"] })}
        <div className={styles.pair}>
          <Field label="Category" error={wrong["category"]}>
            {(described) => (
              <input
                {...described}
                value={draft.category}
                autoComplete="off"
                onChange={(event) => change({ category: event.target.value })}
              />
            )}
          </Field>
          <Field label="Tags" hint="Separated by commas" error={wrong["tags"]}>
            {(described) => (
              <input
                {...described}
                value={draft.tags}
                autoComplete="off"
                onChange={(event) => change({ tags: event.target.value })}
              />
            )}
          </Field>
        </div>
      </div>
      {problem && elsewhere && <ProblemNotice thrown={problem} />}
      <div className={styles.actions}>
        <Button type="submit" look="solid" disabled={create.isPending}>
          {create.isPending ? "Publishing" : "Publish"}
        </Button>
        <p>Until then the draft stays in this browser.</p>
      </div>
    </form>
  );
}
