// The page of one function.
import { clear, invoke } from "./call.js";
import { poll, rateNow, seen } from "./gateway.js";
import { Log } from "./log.js";
import { $, define, draw, make, state, tell, write } from "./paper.js";
import { bytes, count, milliseconds, perSecond, percent, target } from "./words.js";

export class Page {
  /** Shows what does not change by itself, and begins to listen. */
  constructor(key) {
    this.key = key;
    [this.namespace, this.name] = key.split("/");
    this.ending = new AbortController();
    this.call = null;
    $("where").dataset.shown = "";
    write($("one-title"), this.name);
    clear();
    new Log(this, this.ending.signal).follow();
  }

  end() {
    this.ending.abort();
    this.call?.abort();
  }

  async describe() {
    const { signal } = this.ending;
    const answer = await fetch(`/system/function/${this.name}?namespace=${this.namespace}`, { signal }).catch(() => null);
    if (!answer?.ok) return;
    const facts = await answer.json();
    if (signal.aborted) return;
    this.deployed = facts;
    const pairs = (map) => Object.entries(map ?? {}).map(([name, value]) => `${name}=${value}`).join("\n");
    define($("deployment"), [
      ["URL", new URL(`/function/${target(this)}`, location.href).href],
      ["Image", facts.image],
      ["Process", facts.envProcess],
      ["Variables", pairs(facts.envVars)],
      ["Secrets", (facts.secrets ?? []).join("\n")],
      ["Labels", pairs(facts.labels)],
      ["Annotations", pairs(facts.annotations)],
      ["Limits", pairs(facts.limits)],
      ["Requests", pairs(facts.requests)],
      ["Deployed", new Date(facts.createdAt).toLocaleString()],
    ]);
  }

  async invoke() {
    this.call?.abort();
    const call = (this.call = new AbortController());
    $("stop").hidden = false;
    await invoke(this, call.signal);
    if (this.call === call) $("stop").hidden = true;
    await poll();
  }

  show() {
    const each = seen.functions.get(this.key);
    if (!each) {
      tell(`${this.name} is not deployed`);
      location.hash = "#/";
      return;
    }
    const where = $("where");
    if (where.dataset.shown !== `${each.state} ${each.image}`) {
      where.dataset.shown = `${each.state} ${each.image}`;
      where.replaceChildren(state(each.state), make("span", {}, each.image), make("span", {}, each.namespace));
      this.describe();
    }
    $("reason").hidden = !each.reason;
    write($("reason"), each.reason && `${each.ready ? "An older deployment serves; the newest" : "Its process"} ${each.reason}`);
    define($("facts"), [
      ["Replicas", `${each.ready} of ${each.replicas}`],
      ["Calls", count(each.calls)],
      ["Errors", count(each.errors), each.errors > 0],
      ["In flight", count(each.in_flight)],
      ["p50", milliseconds(each.p50)],
      ["p95", milliseconds(each.p95)],
      ["Memory", each.ready ? bytes(seen.memory.get(this.key)) : "–"],
      ["CPU", each.ready ? percent(each.cpu) : "–"],
      ["Restarts", count(each.restarts), each.restarts > 0],
    ]);
    draw($("curve"), each.rates, 600, 64);
    write($("peak"), `now ${perSecond(rateNow(each))}, at most ${perSecond(Math.max(0, ...each.rates))}`);
  }
}
