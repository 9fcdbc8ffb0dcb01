import { type ReactNode, useId } from "react";
import { capitalized } from "@/lib/text";
import styles from "./field.module.css";

export interface Described {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
}

interface Props {
  label: string;
  hint?: string;
  error?: string | undefined;
  /** The input, given what ties it to its label and its messages. */
  children: (described: Described) => ReactNode;
}

/** One labelled input with its hint and what the server says about it. */
export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={styles.field} data-wrong={error ? true : undefined}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": Boolean(error) })}
      {error && (
        <p id={`${id}-error`} className={styles.error}>
          {capitalized(error)}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}
