import type { ReactNode } from "react";
import { More } from "@/components/more";
import { ProblemNotice } from "@/components/problem-notice";
import { Bone } from "@/components/skeleton";
import { PostPanel } from "@/features/post/components/post-panel";
import type { Finding, Headline } from "@/features/post/post";
import { itemsOf, type Page } from "@/lib/pages";
import styles from "./post-list.module.css";

interface List {
  data: { pages: Page<Headline | Finding>[] } | undefined;
  isPending: boolean;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

interface Props {
  list: List;
  empty: ReactNode;
  /** The first post opens the sheet and is set larger. */
  lead?: boolean;
}

/** Posts as the panels of a folded sheet. */
export function PostList({ list, empty, lead = false }: Props) {
  if (list.isPending) return <PanelSkeletons lead={lead} />;
  if (list.isError && !list.data) {
    return (
      <div className={styles.aside}>
        <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />
      </div>
    );
  }
  const posts = itemsOf(list.data, ({ id }) => id);
  if (posts.length === 0) return <div className={styles.aside}>{empty}</div>;
  return (
    <>
      <div className={styles.panels}>
        {posts.map((post, index) => (
          <PostPanel key={post.id} post={post} lead={lead && index === 0} />
        ))}
      </div>
      <More list={list}>Unfold more posts</More>
      {!list.hasNextPage && posts.length > 3 && <p className={styles.end}>This is where the paper ends.</p>}
    </>
  );
}

function PanelSkeletons({ lead }: { lead: boolean }) {
  return (
    <div className={styles.panels} role="status">
      <span className="visually-hidden">Loading posts</span>
      {[0, 1, 2].map((index) => (
        <div key={index} className={styles.bones}>
          <div>
            <Bone width="88%" height={lead && index === 0 ? "3rem" : "1.75rem"} />
            <Bone width="52%" height={lead && index === 0 ? "3rem" : "1.75rem"} />
            <Bone width="94%" />
            <Bone width="70%" />
            <Bone width="14rem" />
          </div>
          <Bone height={lead && index === 0 ? "20rem" : "12rem"} />
        </div>
      ))}
    </div>
  );
}
