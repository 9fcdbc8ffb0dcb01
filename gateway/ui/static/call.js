// One call that is made from the page.
import { pieces } from "./gateway.js";
import { $, make } from "./paper.js";
import { bytes, milliseconds, target } from "./words.js";

const BODY_SHOWN = 1 << 20;
const WITHOUT_BODY = new Set(["GET", "HEAD"]);

/** Shows the field of the body where the method has one. */
export function fit() {
  $("body-field").hidden = WITHOUT_BODY.has($("method").value);
}

export function clear() {
  $("answer").hidden = true;
  $("path").value = "/";
  $("headers").value = $("body").value = "";
}

/** Calls the function as the form says, and shows what comes, until the signal stops it. */
export async function invoke(called, signal) {
  const method = $("method").value;
  const path = $("path").value;
  const begun = performance.now();
  const outcome = $("outcome");
  $("answer").hidden = false;
  outcome.toggleAttribute("data-wrong", false);
  outcome.textContent = "Waiting for the answer";
  $("answer-headers").textContent = $("answer-body").textContent = "";
  const took = () => milliseconds(performance.now() - begun);
  try {
    const answer = await fetch(`/function/${target(called)}${/^[/?]/.test(path) ? "" : "/"}${path}`, {
      method,
      headers: headersOf($("headers").value),
      body: WITHOUT_BODY.has(method) ? undefined : $("body").value,
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
      signal,
    });
    const size = await read(answer);
    conclude(answer, took(), size);
  } catch (error) {
    outcome.toggleAttribute("data-wrong", true);
    const why = signal.aborted ? "Stopped" : `No whole answer: ${error.message}`;
    outcome.replaceChildren(make("b", {}, why), make("span", {}, `after ${took()}`));
  }
}

/** Shows the body as it comes, as far as a page can bear it. */
async function read(answer) {
  $("answer-headers").textContent = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for await (const piece of pieces(answer.body)) {
    size += piece.length;
    if (size <= BODY_SHOWN) text += decoder.decode(piece, { stream: true });
    $("answer-body").textContent = text;
  }
  const kind = answer.headers.get("content-type") ?? "";
  $("answer-body").textContent = size > BODY_SHOWN ? `${text}\n… and ${bytes(size - text.length)} more` : pretty(text, kind);
  return size;
}

function conclude(answer, took, size) {
  const inside = answer.headers.get("x-duration-seconds");
  // The browser keeps a redirect to itself.
  const status = answer.type === "opaqueredirect" ? "A redirect" : `${answer.status} ${answer.statusText}`.trim();
  const parts = [`${took} here`, inside && `${milliseconds(Number(inside) * 1000)} at the gateway`, bytes(size)];
  $("outcome").toggleAttribute("data-wrong", answer.status >= 400);
  $("outcome").replaceChildren(make("b", {}, status), ...parts.filter(Boolean).map((part) => make("span", {}, part)));
}

function pretty(text, kind) {
  if (!/json/.test(kind)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function headersOf(text) {
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const [name, ...value] = line.split(":");
      return [name.trim(), value.join(":").trim()];
    });
}
