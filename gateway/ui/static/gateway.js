// Talking to the gateway, and what it said last.
import { keyOf } from "./words.js";

const POLL_MS = 2000;
// Memory is counted page by page: it is asked for with every so many polls.
const MEMORY_EVERY = 5;

/** What the gateway said last, and what was derived from it. */
export const seen = { functions: new Map(), memory: new Map(), namespaces: [], polls: 0, taken: 0, any: false };

/** Says `overview` when there is a new one, `there` and `away` as the gateway answers or not. */
export const news = new EventTarget();

const tell = (kind) => news.dispatchEvent(new Event(kind));

export async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error((await answer.text()).trim() || `the gateway answered ${answer.status}`);
  return answer;
}

export async function poll() {
  const number = seen.polls++;
  const memory = number % MEMORY_EVERY === 0 ? "?memory=1" : "";
  try {
    const overview = await (await ask("GET", `/ui/functions${memory}`)).json();
    tell("there");
    if (number < seen.taken) return; // A later question was answered before.
    seen.taken = number;
    take(overview);
  } catch {
    tell("away");
  }
}

function take(overview) {
  const functions = new Map(overview.functions.map((each) => [keyOf(each), each]));
  for (const [key, each] of functions) if (each.memory !== null) seen.memory.set(key, each.memory);
  Object.assign(seen, { functions, any: true, namespaces: overview.namespaces });
  tell("overview");
}

/** Asks again and again, for as long as somebody looks. */
export async function watch() {
  for (;;) {
    // Nobody looks at a page in the background: the gateway need not count for it.
    if (!document.hidden) await poll();
    await pause();
  }
}

export const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

export const rateNow = ({ rates }) => rates.at(-1) ?? 0;

// Bodies as they come

export async function* pieces(stream) {
  const reader = stream?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) return;
    yield value;
  }
}

export async function eachLine(stream, hear) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces(stream)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) hear(line);
  }
}
