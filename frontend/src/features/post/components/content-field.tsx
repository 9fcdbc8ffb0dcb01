import { lazy, Suspense, useState } from "react";
import { Field } from "@/components/field";
import { Lines } from "@/components/skeleton";
import styles from "./content-field.module.css";

const Prose = lazy(() => import("@/components/markdown"));

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

/** Markdown, and how it will read. */
export function ContentField({ value, onChange, error }: Props) {
  const [wanted, setPreview] = useState(false);
  // What is wrong with the text is told where it can be mended.
  const preview = wanted && !error;
  return (
    <div className={styles.content}>
      <div className={styles.switch} role="group" aria-label="View of the text">
        <button type="button" aria-pressed={!preview} onClick={() => setPreview(false)}>
          Write
        </button>
        <button type="button" aria-pressed={preview} onClick={() => setPreview(true)}>
          Preview
        </button>
      </div>
      {preview ? (
        <div className={styles.preview}>
          {value.trim() ? (
            <Suspense fallback={<Lines count={6} />}>
              <Prose>{value}</Prose>
            </Suspense>
          ) : (
            <p className={styles.nothing}>Nothing to preview yet.</p>
          )}
        </div>
      ) : (
        <Field label="Text" hint="Markdown: **bold**, _italic_, ## heading, [link](https://…), > quote" error={error}>
          {(described) => (
            <textarea
              {...described}
              className={styles.text}
              value={value}
              rows={16}
              onChange={(event) => onChange(event.target.value)}
            />
          )}
        </Field>
      )}
    </div>
  );
}
