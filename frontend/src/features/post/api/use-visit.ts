import { type RefObject, useEffect } from "react";
import type { Post } from "@/features/post/post";
import { useClient } from "@/lib/use-client";

/** A glance is no visit: the end has come into view, or the text was open this long. */
const GLANCE = 2000;
const READ = 15_000;
const STEP = 500;

/** post-visit, once a post was read. Who reads it again soon is not counted again there. */
export function useVisit(post: Post, end: RefObject<HTMLElement | null>): void {
  const client = useClient();
  const { id, status } = post;
  useEffect(() => {
    const last = end.current;
    if (status === "draft" || !last) return;
    let seen = false;
    let open = 0;
    const watch = new IntersectionObserver((entries) => {
      seen ||= entries.some((entry) => entry.isIntersecting);
    });
    watch.observe(last);
    const timer = setInterval(() => {
      if (document.hidden) return;
      open += STEP;
      if (open < (seen ? GLANCE : READ)) return;
      clearInterval(timer);
      // A count that was not taken spoils nobody's reading.
      client.send("POST", "post-visit", { id }).catch(() => undefined);
    }, STEP);
    return () => {
      clearInterval(timer);
      watch.disconnect();
    };
  }, [client, end, id, status]);
}
