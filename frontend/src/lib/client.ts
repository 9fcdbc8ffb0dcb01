import { Problem, problemOf, unreachable } from "@/lib/problem";

export type Query = Record<string, string | number | null | undefined>;
export type Method = "POST" | "PUT" | "PATCH" | "DELETE";
/** `fresh` asks for a token that was not used before. */
export type TokenSource = (options?: { fresh?: boolean }) => Promise<string | null>;

/** Calls functions by name: "post-create" is one function. */
export interface Client {
  get: <T>(operation: string, query?: Query, signal?: AbortSignal) => Promise<T>;
  send: <T>(method: Method, operation: string, body?: unknown) => Promise<T>;
  upload: <T>(operation: string, query: Query, file: Blob) => Promise<T>;
}

interface Options {
  /** The address that function names are appended to. */
  functions: string;
  getToken: TokenSource;
  fetch?: typeof fetch;
}

export function createClient({ functions, getToken, fetch: call = globalThis.fetch }: Options): Client {
  async function attempt(url: string, init: RequestInit, token: string | null): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token) headers.set("Authorization", `Bearer ${token}`);
    try {
      return await call(url, { ...init, headers, credentials: "omit" });
    } catch (thrown) {
      if (init.signal?.aborted) throw thrown;
      throw unreachable();
    }
  }

  async function answer<T>(url: string, init: RequestInit): Promise<T> {
    // Without the issuer of tokens nobody can write, and everybody can still read.
    const reading = (init.method ?? "GET") === "GET";
    const token = await (reading ? getToken().catch(() => null) : getToken());
    let response = await attempt(url, init, token);
    if (response.status === 401 && token) {
      // The token lapsed on its way: one more try with a new one.
      response = await attempt(url, init, await getToken({ fresh: true }));
    }
    if (!response.ok) throw await problemOf(response);
    if (response.status === 204) return undefined as T;
    return (await response.json().catch(() => {
      throw new Problem({ status: response.status, detail: "the answer is not JSON" });
    })) as T;
  }

  return {
    get: (operation, query = {}, signal) =>
      answer(functions + operation + search(query), signal ? { signal } : {}),
    send: (method, operation, body) =>
      answer(functions + operation, {
        method,
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body ?? {}),
      }),
    upload: (operation, query, file) =>
      answer(functions + operation + search(query), {
        method: "POST",
        headers: { "Content-Type": file.type || "application/octet-stream" },
        body: file,
      }),
  };
}

/** Empty values are left out: a function's default is better than an empty string. */
function search(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
