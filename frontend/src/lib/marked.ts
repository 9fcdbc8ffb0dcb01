export interface Part {
  text: string;
  marked: boolean;
}

/** What was found stands between these in an excerpt: no text of a member's has them. */
const MARKS = /\uE000([^\uE000\uE001]*)\uE001/gu;
const LOOSE = /[\uE000\uE001]/gu;

/** An excerpt in the parts that were found and those around them. */
export function partsOf(excerpt: string): Part[] {
  const parts: Part[] = [];
  const add = (text: string, marked: boolean) => {
    const clean = text.replace(LOOSE, "");
    if (clean) parts.push({ text: clean, marked });
  };
  let at = 0;
  for (const match of excerpt.matchAll(MARKS)) {
    add(excerpt.slice(at, match.index), false);
    add(match[1] ?? "", true);
    at = match.index + match[0].length;
  }
  add(excerpt.slice(at), false);
  return parts;
}

/**
 * An excerpt of Markdown as words: signs of headings, quotes, links and emphasis are left out,
 * and it is told that the text goes on around it.
 */
export function wordsOf(excerpt: string): string {
  const words = excerpt
    .replace(/!?\[([^\]]*)\]\([^)]*\)/gu, "$1")
    .replace(/(^|\s)(?:#{1,6}|>+|[*+])(?=\s)/gu, "$1")
    .replace(/(?<![\p{L}\p{N}])[*_`~]{1,3}(?=[\p{L}\p{N}\uE000])|(?<=[\p{L}\p{N}.,!?\uE001])[*_`~]{1,3}(?![\p{L}\p{N}])/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
  return `… ${words} …`;
}
