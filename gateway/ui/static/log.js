// The log of one function, live.
import { eachLine, pause } from "./gateway.js";
import { $, make, write } from "./paper.js";

const LINES = 2000;

export class Log {
  /** Listens until the signal says that nobody looks any more. */
  constructor({ name, namespace }, signal) {
    this.query = `name=${name}&namespace=${namespace}&follow=true&tail=200`;
    this.signal = signal;
    $("log").replaceChildren();
    $("log-words").value = "";
  }

  async follow() {
    let since = "";
    while (!this.signal.aborted) {
      try {
        const answer = await fetch(`/system/logs?${this.query}${since}`, { signal: this.signal });
        if (!answer.ok) throw new Error(`the logs were answered ${answer.status}`);
        write($("live"), "following");
        await eachLine(answer.body, (line) => {
          const entry = JSON.parse(line);
          since = `&since=${encodeURIComponent(entry.timestamp)}`;
          this.add(entry);
        });
      } catch {
        if (this.signal.aborted) return;
      }
      write($("live"), "not connected, trying again");
      await pause();
    }
  }

  add(entry) {
    const key = `${entry.timestamp} ${entry.instance} ${entry.text}`;
    if (this.last?.has(key)) return; // After a reconnection the last moment comes again.
    if (this.moment !== entry.timestamp) this.last = new Set();
    this.moment = entry.timestamp;
    this.last.add(key);
    const list = $("log");
    const item = logLine(entry);
    item.hidden = !item.textContent.toLowerCase().includes($("log-words").value.toLowerCase());
    list.append(item);
    while (list.childElementCount > LINES) list.firstChild.remove();
    if ($("follow").checked) list.scrollTop = list.scrollHeight;
  }

}

/** Hides the lines that have not the words that are asked for. */
export function sift() {
  const words = $("log-words").value.toLowerCase();
  for (const line of $("log").children) line.hidden = !line.textContent.toLowerCase().includes(words);
}

function logLine({ timestamp, instance, text }) {
  const at = new Date(timestamp);
  const time = make("time", { dateTime: timestamp, title: `${at.toLocaleString()}, process ${instance}` }, at.toLocaleTimeString("en-GB"));
  const said = make("span", { className: instance === "gateway" ? "own" : "" });
  const structured = parsed(text);
  if (structured) {
    const { time: _time, level = "", message, function: _function, call_id, ...others } = structured;
    const rest = call_id ? { ...others, call_id } : others;
    said.classList.toggle("wrong", ["error", "critical"].includes(level));
    const beside = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
    said.append(message, " ", make("span", { className: "beside" }, beside.join(" ")));
  } else {
    said.append(text);
  }
  return make("p", {}, time, said);
}

/** Our own functions print an object a line. */
function parsed(text) {
  if (!text.startsWith("{")) return null;
  try {
    const found = JSON.parse(text);
    return typeof found.message === "string" ? found : null;
  } catch {
    return null;
  }
}
