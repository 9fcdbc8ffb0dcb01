import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import { cover } from "./cover.ts";
import { answer, Refusal } from "./operations.ts";

/** Answers the functions' addresses from fixtures, in development only. */
export function mockFunctions(): Plugin {
  return {
    name: "fanfold-mock-functions",
    configureServer: (server) => void server.middlewares.use(handle),
    configurePreviewServer: (server) => void server.middlewares.use(handle),
  };
}

const handle: Connect.NextHandleFunction = (request, response, next) => {
  const url = new URL(request.url ?? "/", "http://site");
  const path = url.pathname.replace(/^\/function\//, "");
  const picture = /^site\/imagekit\/files\/(\d+)/.exec(path)?.[1];
  if (picture) return send(response, 200, "image/svg+xml", cover(Number(picture)));
  const own = /^site\/(config\.json|demo\/)/.test(path);
  if (!url.pathname.startsWith("/function/") || (path.startsWith("site/") && !own)) return next();
  void body(request).then(async (sent) => {
    // Long enough for skeletons and optimistic changes to be seen.
    await new Promise((resume) => setTimeout(resume, Number(process.env["MOCK_DELAY"] ?? 120)));
    try {
      const told = answer({ operation: path, query: url.searchParams, method: request.method ?? "GET", body: sent, token: request.headers.authorization ?? "" });
      if (told === undefined) return send(response, 204, "application/json", "");
      send(response, request.method === "POST" && path.endsWith("-create") ? 201 : 200, "application/json", JSON.stringify(told));
    } catch (thrown) {
      const { status, message } = thrown instanceof Refusal ? thrown : new Refusal(500, String(thrown));
      const problem = { type: "about:blank", title: "", status, detail: message, instance: "mock-call-1" };
      send(response, status, "application/problem+json", JSON.stringify(problem));
    }
  });
};

async function body(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function send(response: ServerResponse, status: number, type: string, content: string): void {
  response.writeHead(status, { "Content-Type": type });
  response.end(content);
}
