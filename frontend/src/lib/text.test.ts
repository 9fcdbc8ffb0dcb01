import { describe, expect, it } from "vitest";
import { countOf, initialsOf, readingMinutesOf, tagsOf } from "@/lib/text";

describe("initialsOf", () => {
  it.each([
    ["Ada Lovelace", "AL"],
    ["Élodie", "É"],
    ["Juan Ramón Jiménez", "JJ"],
    ["  ", "?"],
  ])("%s → %s", (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});

describe("countOf", () => {
  it("knows one from many", () => {
    expect([countOf(0, "like"), countOf(1, "like"), countOf(1200, "like")]).toEqual([
      "0 likes",
      "1 like",
      "1,200 likes",
    ]);
  });
});

describe("readingMinutesOf", () => {
  it("is never zero", () => {
    expect([readingMinutesOf(""), readingMinutesOf("word ".repeat(690))]).toEqual([1, 3]);
  });
});

describe("tagsOf", () => {
  it("trims, lowers and keeps each once", () => {
    expect(tagsOf("Paper, printing ,, paper")).toEqual(["paper", "printing"]);
  });
});
