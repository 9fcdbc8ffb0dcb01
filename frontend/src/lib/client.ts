import type { Answer, Body, Changing, Method, QueryOf, Reading } from "@/api/operations";
import { Problem, problemOf, unreachable } from "@/lib/problem";

/** `fresh` asks for a token that was not used before. */
export type TokenSource = (options?: { fresh?: boolean }) => Promise<string | null>;

interface Sending {
  /** The revision that the change was made on; somebody else's newer one is answered by 412. */
  revision?: number | undefined;
}

/** Calls functions by name, with the types of docs/openapi.json: "post-create" is one function. */
export interface Client {
  get: <O extends Reading>(operation: O, query: QueryOf<O>, signal?: AbortSignal) => Promise<Answer<O>>;
  send: <M extends Method, O extends Changing<M>>(
    method: M,
    operation: O,
    body: Body<O>,
    options?: Sending,
  ) => Promise<Answer<O>>;
  /** An answer that goes on: its body is read as it comes. */
  open: <O extends Reading>(operation: O, query: QueryOf<O>, signal: AbortSignal) => Promise<Response>;
}

interface Options {
  /** The address that function names are appended to. */
  functions: string;
  /** What stands between service and operation: "post-create" is "post/create" where it is "/". */
  separator?: string;
  getToken: TokenSource;
  fetch?: typeof fetch;
}

export function createClient({
  functions,
  separator = "-",
  getToken,
  fetch: call = globalThis.fetch,
}: Options): Client {
  const place = (operation: string) => functions + operation.replace("-", separator);

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

  async function responseTo(url: string, init: RequestInit): Promise<Response> {
    // Without the issuer of tokens nobody can write, and everybody can still read.
    const reading = (init.method ?? "GET") === "GET";
    const token = await (reading ? getToken().catch(() => null) : getToken());
    let response = await attempt(url, init, token);
    if (response.status === 401 && token) {
      // The token lapsed on its way: one more try with a new one.
      response = await attempt(url, init, await getToken({ fresh: true }));
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  async function answer<T>(url: string, init: RequestInit): Promise<T> {
    const response = await responseTo(url, init);
    if (response.status === 204) return undefined as T;
    return (await response.json().catch(() => {
      throw new Problem({ status: response.status, detail: "the answer is not JSON" });
    })) as T;
  }

  return {
    get: (operation, query, signal) => answer(place(operation) + search(query), signal ? { signal } : {}),
    send: (method, operation, body, { revision } = {}) =>
      answer(place(operation), {
        method,
        headers: {
          "Content-Type": "application/json",
          ...(revision !== undefined && { "If-Match": `"${revision}"` }),
        },
        body: JSON.stringify(body),
      }),
    open: (operation, query, signal) => responseTo(place(operation) + search(query), { signal }),
  };
}

/** Empty values are left out: a function's default is better than an empty string. */
function search(query: object): string {
  const given = (Object.entries(query) as [string, unknown][]).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
