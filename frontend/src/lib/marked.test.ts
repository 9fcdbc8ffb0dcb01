import { expect, it } from "vitest";
import { partsOf } from "@/lib/marked";

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
