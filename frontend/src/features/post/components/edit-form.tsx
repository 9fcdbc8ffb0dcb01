import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/button";
import { Ago } from "@/components/timestamp";
import notice from "@/components/notice.module.css";
import { useLatest } from "@/features/post/api/latest";
import { useUpdate } from "@/features/post/api/update";
import { type CoverProps, PostForm } from "@/features/post/components/post-form";
import { type Draft, draftOf, newPostOf } from "@/features/post/draft";
import type { Post, Status } from "@/features/post/post";
import { asProblem } from "@/lib/problem";
import styles from "./post-form.module.css";

interface Props {
  /** As it was when it was opened: what is asked again meanwhile must not change the form. */
  found: Post;
  cover: (props: CoverProps) => ReactNode;
  onSaved: (post: Post) => void;
}

const STALE = 412;

/** Changes a post as its writer saw it; when somebody else changed it meanwhile, says so. */
export function EditForm({ found, cover, onSaved }: Props) {
  const [post, setPost] = useState(found);
  const [draft, setDraft] = useState<Draft>(() => draftOf(found));
  const queries = useQueryClient();
  const update = useUpdate(post);
  const stale = update.error !== null && asProblem(update.error).status === STALE;
  const latest = useLatest(post, stale);

  /** Goes on from what is there now, with this text or with that one. */
  const goOn = (now: Post, text: Draft) => {
    queries.setQueryData(["post", "slug", now.slug], now);
    setPost(now);
    setDraft(text);
    update.reset();
  };
  const save = (status: Status) => update.mutate(newPostOf(draft, status), { onSuccess: onSaved });

  return (
    <PostForm
      draft={draft}
      onChange={(part) => setDraft((before) => ({ ...before, ...part }))}
      cover={cover}
      published={post.status === "published"}
      pending={update.isPending ? (update.variables.status ?? "published") : null}
      thrown={update.error}
      conflict={
        stale ? (
          <div className={`${notice.notice} ${notice.problem}`} role="alert" data-conflict>
            <p className={notice.title}>Somebody changed this post while you wrote</p>
            <p>
              {latest.data ? (
                <>
                  It was changed <Ago time={latest.data.updated_at} />. Your text is still in this form and not saved:
                  choose one, then save.
                </>
              ) : (
                "Your text is still in this form and has not been saved."
              )}
            </p>
            {latest.data && (
              <>
                <details className={styles.theirs}>
                  <summary>What it says now</summary>
                  <p>{latest.data.title}</p>
                  <pre>{latest.data.content}</pre>
                </details>
                <div className={styles.choices}>
                  <Button small onClick={() => goOn(latest.data, draft)}>
                    Keep my text
                  </Button>
                  <Button small onClick={() => goOn(latest.data, draftOf(latest.data))}>
                    Take their text
                  </Button>
                </div>
              </>
            )}
          </div>
        ) : undefined
      }
      hint={post.status === "published" ? "Readers see the change at once; the address stays." : "Only you see a draft."}
      onSave={save}
    />
  );
}
