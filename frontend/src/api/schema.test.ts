// @vitest-environment node
import { readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

test("the types are those of docs/openapi.json; if not, run `make openapi`", async () => {
  const document = new URL("../../../docs/openapi.json", import.meta.url);
  const options = { alphabetize: true, defaultNonNullable: false, silent: true };
  const made = astToString(await openapiTS(document, options));
  const kept = readFileSync(new URL("schema.ts", import.meta.url), "utf8");
  expect(kept).toBe(COMMENT_HEADER + made);
});
