import type { QueryOf } from "@/api/operations";

export const PAGE_SIZE = 12;

export type Sort = NonNullable<Exclude<QueryOf<"post-list">["sort"], "">>;
export type SearchSort = NonNullable<Exclude<QueryOf<"post-search">["sort"], "">>;

export interface Filters {
  category: string;
  tag: string;
  sort: Sort;
}

export interface Search {
  q: string;
  category: string;
  tag: string;
  sort: SearchSort;
}

export const SORTS: { value: Sort; label: string }[] = [
  { value: "newest", label: "Newest" },
  { value: "oldest", label: "Oldest" },
  { value: "liked", label: "Most liked" },
  { value: "discussed", label: "Most discussed" },
  { value: "visited", label: "Most read" },
];

export const SEARCH_SORTS: { value: SearchSort; label: string }[] = [
  { value: "relevance", label: "Best match" },
  { value: "newest", label: "Newest" },
  { value: "liked", label: "Most liked" },
];

/** An order that nobody knows is the first one. */
export function sortOf<T extends string>(sorts: { value: T }[], asked: string | null): T {
  const [first] = sorts;
  if (!first) throw new Error("sorts must not be empty");
  return (sorts.find(({ value }) => value === asked) ?? first).value;
}

/** The address of a list with one filter changed; what is the default is not in it. */
export function changed(search: URLSearchParams, part: Record<string, string>, defaults: string[] = []): string {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(part)) {
    if (value === "" || defaults.includes(value)) next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text ? `?${text}` : ".";
}
