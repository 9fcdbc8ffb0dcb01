import { useRef } from "react";
import { Button } from "@/components/button";
import { EmptyNotice } from "@/components/empty-notice";
import { More } from "@/components/more";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { useList } from "@/features/media/api/list";
import { useUpload } from "@/features/media/api/upload";
import { PictureItem } from "@/features/media/components/picture-item";
import { ACCEPTED } from "@/features/media/media";
import { itemsOf } from "@/lib/pages";
import styles from "./library.module.css";

/** A member's own pictures. */
export function Library() {
  const list = useList();
  const pictures = itemsOf(list.data, ({ id }) => id);
  const input = useRef<HTMLInputElement>(null);
  const { upload, progress, refusal, take } = useUpload(() => undefined);
  return (
    <div className={styles.place}>
      <div className={styles.bar}>
        <Button look="solid" small disabled={upload.isPending} onClick={() => input.current?.click()}>
          {upload.isPending ? "Uploading" : "Upload a picture"}
        </Button>
        {upload.isPending && <progress value={progress} aria-label="Upload" />}
        <p className={styles.refusal} role="status">
          {refusal}
        </p>
        <input
          ref={input}
          className="visually-hidden"
          type="file"
          tabIndex={-1}
          aria-label="Picture"
          accept={ACCEPTED.join(",")}
          onChange={(event) => {
            take(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </div>
      {upload.isError && <ProblemNotice thrown={upload.error} />}
      {list.isPending && <Lines count={6} />}
      {list.isError && <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />}
      {list.data && pictures.length === 0 && (
        <EmptyNotice title="No pictures yet">Covers that you upload are gathered here.</EmptyNotice>
      )}
      <ul className={styles.pictures} role="list" aria-label="My pictures">
        {pictures.map((picture) => (
          <PictureItem key={picture.id} picture={picture} />
        ))}
      </ul>
      <More list={list}>Show more pictures</More>
    </div>
  );
}
