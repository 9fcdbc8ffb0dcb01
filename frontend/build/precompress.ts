import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(html|js|css|svg|json|txt|webmanifest)$/;
const SMALLEST = 1024;

/** Writes a .br and a .gz beside each text asset, so that the function `site` only picks a file. */
export function precompress(): Plugin {
  let folder = "dist";
  return {
    name: "fanfold-precompress",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const path = join(folder, entry);
        // index.html is completed per request and therefore compressed by whoever serves it.
        if (!COMPRESSIBLE.test(entry) || entry === "index.html") continue;
        if (!statSync(path).isFile() || statSync(path).size < SMALLEST) continue;
        const content = readFileSync(path);
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
        writeFileSync(`${path}.br`, brotliCompressSync(content, quality));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}
