import { useEffect, useState } from "react";
import type { NewPost, Post, Status } from "@/features/post/post";
import { stored } from "@/lib/stored";
import { tagsOf } from "@/lib/text";

/** What the form holds; tags as they are typed. */
export interface Draft {
  title: string;
  summary: string;
  content: string;
  cover: string;
  category: string;
  tags: string;
}

const KEY = "fanfold.draft";
const EMPTY: Draft = { title: "", summary: "", content: "", cover: "", category: "", tags: "" };

/** A draft that survives a closed tab; nothing of it is sent before it is published. */
export function useDraft() {
  const [draft, setDraft] = useState(remembered);
  useEffect(() => {
    const empty = Object.values(draft).every((value) => value === "");
    stored.write(KEY, empty ? null : JSON.stringify(draft));
  }, [draft]);
  return {
    draft,
    change: (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part })),
    clear: () => {
      stored.write(KEY, null);
      setDraft(EMPTY);
    },
  };
}

function remembered(): Draft {
  try {
    const kept = JSON.parse(stored.read(KEY) ?? "{}") as Partial<Draft>;
    return { ...EMPTY, ...kept };
  } catch {
    return EMPTY;
  }
}

/** The form of a post that exists. */
export function draftOf({ title, summary, content, cover, category, tags }: Post): Draft {
  return { title, summary, content, cover, category, tags: tags.join(", ") };
}

/** What is sent: what was left empty is left out, so that the functions' defaults stand. */
export function newPostOf({ title, summary, content, cover, category, tags }: Draft, status: Status): NewPost {
  const list = tagsOf(tags);
  return {
    title: title.trim(),
    content,
    status,
    ...(summary.trim() && { summary: summary.trim() }),
    ...(cover && { cover }),
    ...(category.trim() && { category: category.trim() }),
    ...(list.length > 0 && { tags: list }),
  };
}
