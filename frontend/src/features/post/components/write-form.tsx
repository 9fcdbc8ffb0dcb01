import type { ReactNode } from "react";
import { useCreate } from "@/features/post/api/create";
import { type CoverProps, PostForm } from "@/features/post/components/post-form";
import { newPostOf, useDraft } from "@/features/post/draft";
import type { Post, Status } from "@/features/post/post";

interface Props {
  cover: (props: CoverProps) => ReactNode;
  onSaved: (post: Post) => void;
}

/** A new post; until it is sent, this browser keeps what was typed. */
export function WriteForm({ cover, onSaved }: Props) {
  const { draft, change, clear } = useDraft();
  const create = useCreate();
  const save = (status: Status) =>
    create.mutate(newPostOf(draft, status), {
      onSuccess: (post) => {
        clear();
        onSaved(post);
      },
    });
  return (
    <PostForm
      draft={draft}
      onChange={change}
      cover={cover}
      published={false}
      pending={create.isPending ? (create.variables.status ?? "published") : null}
      thrown={create.error}
      hint="Until you save it, it stays in this browser."
      onSave={save}
    />
  );
}
