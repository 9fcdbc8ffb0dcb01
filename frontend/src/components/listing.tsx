import type { ReactNode } from "react";
import { EmptyNotice } from "@/components/empty-notice";
import { More } from "@/components/more";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import styles from "./listing.module.css";

interface List {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  data: unknown;
  refetch: () => unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  fetchNextPage: () => unknown;
}

interface Props<T> {
  list: List;
  items: T[];
  /** What the list is, to those who do not see it. */
  label: string;
  empty: { title: string; advice?: string };
  more: string;
  /** How many lines stand for what has not arrived. */
  lines?: number;
  children: (item: T) => ReactNode;
}

/** A list in every state that it can be in: on its way, refused, empty, or with items and more of them. */
export function Listing<T>({ list, items, label, empty, more, lines = 5, children }: Props<T>) {
  return (
    <>
      {list.isPending && (
        <div className={styles.aside}>
          <Lines count={lines} />
        </div>
      )}
      {list.isError && (
        <div className={styles.aside}>
          <ProblemNotice thrown={list.error} onRetry={() => void list.refetch()} />
        </div>
      )}
      {list.data !== undefined && items.length === 0 && (
        <div className={styles.aside}>
          <EmptyNotice title={empty.title}>{empty.advice}</EmptyNotice>
        </div>
      )}
      <ol className={styles.rows} role="list" aria-label={label}>
        {items.map(children)}
      </ol>
      <More list={list}>{more}</More>
    </>
  );
}
