import { Button } from "@/components/button";
import { ProblemNotice } from "@/components/problem-notice";
import styles from "./more.module.css";

interface List {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  error: unknown;
  fetchNextPage: () => unknown;
}

/** The way to the next page of a list, as long as there is one. */
export function More({ list, children }: { list: List; children: string }) {
  if (!list.hasNextPage) return null;
  return (
    <div className={styles.more}>
      {list.isFetchNextPageError && <ProblemNotice thrown={list.error} />}
      <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
        {list.isFetchingNextPage ? "Loading" : children}
      </Button>
    </div>
  );
}
