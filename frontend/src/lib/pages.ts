/** One page of a list; `next` is an opaque cursor, null on the last page. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

interface Pages<T> {
  pages: Page<T>[];
}

/** What the query library asks for: undefined ends the list. */
export const nextCursor = <T>(page: Page<T>): string | undefined => page.next ?? undefined;

/**
 * All items of the pages so far, each once: a list that grows at its head while it is read
 * repeats at the start of a page what stood at the end of the page before.
 */
export function itemsOf<T>(data: Pages<T> | undefined, key: (item: T) => string | number): T[] {
  const seen = new Map<string | number, T>();
  for (const page of data?.pages ?? []) {
    for (const item of page.items) {
      if (!seen.has(key(item))) seen.set(key(item), item);
    }
  }
  return [...seen.values()];
}
