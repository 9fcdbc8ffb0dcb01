import { type ReactNode, useId, useRef } from "react";
import { Button } from "@/components/button";
import { ProblemNotice } from "@/components/problem-notice";
import styles from "./confirm.module.css";

export interface ConfirmProps {
  /** What the button says that asks. */
  label: ReactNode;
  title: string;
  /** The deed, in a verb: "Delete post". */
  deed: string;
  refusal?: string;
  children: ReactNode;
  pending: boolean;
  thrown: unknown;
  disabled?: boolean;
  look?: "solid" | "quiet" | "line" | "danger";
  /** The deed's own button warns by its colour unless what it does can be taken back. */
  grave?: boolean;
  onOpen?: () => void;
  onConfirm: (close: () => void) => void;
}

/** A button that asks once more, because what follows cannot be taken back. */
export function Confirm({ label, title, deed, refusal = "Keep it", children, pending, thrown, disabled = false, look = "quiet", grave = true, onOpen, onConfirm }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const close = () => dialog.current?.close();
  const open = () => {
    onOpen?.();
    dialog.current?.showModal();
  };
  return (
    <>
      <Button look={look} small onClick={open}>
        {label}
      </Button>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby={id}>
        <h2 id={id}>{title}</h2>
        {children}
        {thrown !== null && <ProblemNotice thrown={thrown} />}
        <div className={styles.choices}>
          <Button onClick={close}>{refusal}</Button>
          <Button look={grave ? "danger" : "solid"} disabled={pending || disabled} onClick={() => onConfirm(close)}>
            {deed}
          </Button>
        </div>
      </dialog>
    </>
  );
}
