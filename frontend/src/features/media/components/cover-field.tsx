import { type DragEvent, useId, useRef, useState } from "react";
import { Button } from "@/components/button";
import { useConfig } from "@/config/config";
import { useUpload } from "@/features/media/api/upload";
import { ACCEPTED } from "@/features/media/media";
import { sized } from "@/lib/image";
import { asProblem } from "@/lib/problem";
import styles from "./cover-field.module.css";

interface Props {
  url: string;
  onChange: (url: string) => void;
  error?: string | undefined;
}

/** Chooses or drops a picture, sends it, and shows it as it will stand. */
export function CoverField({ url, onChange, error }: Props) {
  const { imagekit_url_endpoint: endpoint } = useConfig();
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const [over, setOver] = useState(false);
  const { upload, progress, refusal, take } = useUpload((picture) => onChange(picture.url));
  const wrong = refusal ?? (upload.error ? asProblem(upload.error).detail : error);

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };

  return (
    <div className={styles.field}>
      <span className={styles.label} id={`${id}-label`}>
        Cover
      </span>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dropping is an
          extra for the mouse, the button inside does the same */}
      <div
        className={styles.place}
        role="group"
        aria-labelledby={`${id}-label`}
        data-over={over || undefined}
        data-wrong={wrong ? true : undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {upload.isPending && <progress className={styles.progress} value={progress} aria-label="Upload" />}
        {url && <img src={sized(url, 800, endpoint)} alt="The chosen cover" />}
        <div className={styles.actions}>
          <Button small onClick={() => input.current?.click()} disabled={upload.isPending}>
            {upload.isPending ? "Uploading" : url ? "Replace picture" : "Choose picture"}
          </Button>
          {url && !upload.isPending && (
            <Button look="quiet" small onClick={() => onChange("")}>
              Remove
            </Button>
          )}
          {!url && <span className={styles.hint}>or drop one here, up to 5 MB</span>}
        </div>
        <input
          ref={input}
          className="visually-hidden"
          type="file"
          tabIndex={-1}
          aria-label="Cover picture"
          accept={ACCEPTED.join(",")}
          onChange={(event) => {
            take(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </div>
      <p className={styles.error} role="status">
        {wrong}
      </p>
    </div>
  );
}
