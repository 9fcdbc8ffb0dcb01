import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { openapi } from "./build/openapi.ts";
import { precompress } from "./build/precompress.ts";

// The development server shows its own pages and asks a running Fanfold for everything else.
const upstream = process.env["FANFOLD_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/function/site/",
  plugins: [react(), openapi(), precompress()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    // A data: font or image would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What changes with a dependency only, and what every page needs: two files, not twenty.
            { name: "vendor", test: /node_modules\/(react|react-dom|scheduler|react-router|@tanstack)\// },
            { name: "shared", test: /src\/(lib|config|components)\/(?!markdown)/ },
          ],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "^/function/(?!site/(?!config.json|demo/|imagekit/))": upstream },
  },
  preview: { host: "127.0.0.1" },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});
