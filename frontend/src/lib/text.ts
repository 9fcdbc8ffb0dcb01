const segments = new Intl.Segmenter();
const WORDS_A_MINUTE = 230;

/** Two letters that stand for a person without a picture. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  const first = (word = "") => [...segments.segment(word)][0]?.segment ?? "";
  return letters.map(first).join("").toUpperCase() || "?";
}

/** Functions speak in lower case; a reader starts a sentence with a capital. */
export function capitalized(told: string): string {
  return told.charAt(0).toUpperCase() + told.slice(1);
}

/** "1 comment", "2 comments" */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString("en-GB")} ${noun}${count === 1 ? "" : "s"}`;
}

export function readingMinutesOf(markdown: string): number {
  const words = markdown.split(/\s+/u).filter(Boolean).length;
  return Math.max(1, Math.round(words / WORDS_A_MINUTE));
}

/** "paper, printing ,, paper" → ["paper", "printing"] */
export function tagsOf(typed: string): string[] {
  const tags = typed.split(",").map((tag) => tag.trim().toLowerCase()).filter(Boolean);
  return [...new Set(tags)];
}
