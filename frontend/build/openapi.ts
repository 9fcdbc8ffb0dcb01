import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const DOCUMENT = fileURLToPath(new URL("../../docs/openapi.json", import.meta.url));

/** Puts the description of every operation beside the site, as openapi.json. */
export function openapi(): Plugin {
  return {
    name: "fanfold-openapi",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "openapi.json", source: readFileSync(DOCUMENT) });
    },
  };
}
