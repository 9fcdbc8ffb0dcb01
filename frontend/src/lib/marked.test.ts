import { expect, it } from "vitest";
import { partsOf, wordsOf } from "@/lib/marked";

it("parts what was found from what stands around it", () => {
  expect(partsOf("the \uE000paper\uE001 mill, \uE000papers\uE001")).toEqual([
    { text: "the ", marked: false },
    { text: "paper", marked: true },
    { text: " mill, ", marked: false },
    { text: "papers", marked: true },
  ]);
});

it("leaves HTML a text and shows no mark that has lost its other half", () => {
  expect(partsOf("<mark>a</mark>\uE001 \uE000b")).toEqual([{ text: "<mark>a</mark> b", marked: false }]);
  expect(partsOf("")).toEqual([]);
});

it("leaves the signs of Markdown out of an excerpt", () => {
  const excerpt = "loudest. ## What the water does 1. It **lifts** the \uE000hammers\uE001. 2. See [the mill](https://x.example). > It is `2 - 1`, a_b, _soft_";
  expect(wordsOf(excerpt)).toBe("… loudest. What the water does 1. It lifts the \uE000hammers\uE001. 2. See the mill. It is 2 - 1, a_b, soft …");
});
