// The list of functions.
import { rateNow, seen } from "./gateway.js";
import { $, draw, make, state, write } from "./paper.js";
import { DEFAULT_NAMESPACE, bytes, count, keyOf, milliseconds, perSecond, percent } from "./words.js";

const rows = new Map();
const ORDERS = {
  name: () => 0,
  rate: (a, b) => rateNow(b) - rateNow(a),
  calls: (a, b) => b.calls - a.calls,
  errors: (a, b) => b.errors - a.errors,
  p95: (a, b) => (b.p95 ?? -1) - (a.p95 ?? -1),
  memory: (a, b) => (seen.memory.get(keyOf(b)) ?? 0) - (seen.memory.get(keyOf(a)) ?? 0),
};

function wanted() {
  const words = $("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  return [...seen.functions.values()]
    .filter((each) => !$("state").value || each.state === $("state").value)
    .filter((each) => !$("namespace").value || each.namespace === $("namespace").value)
    .filter((each) => words.every((word) => `${keyOf(each)} ${each.image}`.toLowerCase().includes(word)))
    .sort((a, b) => ORDERS[$("order").value](a, b) || a.name.localeCompare(b.name) || a.namespace.localeCompare(b.namespace));
}

export function showList() {
  const all = [...seen.functions.values()];
  const shown = wanted();
  const body = $("rows");
  const lines = shown.map((each) => {
    const key = keyOf(each);
    if (!rows.has(key)) rows.set(key, makeRow(each));
    fill(rows.get(key), each);
    return rows.get(key).row;
  });
  if (lines.length !== body.children.length || lines.some((line, index) => line !== body.children[index])) {
    const focused = document.activeElement;
    body.replaceChildren(...lines);
    if (body.contains(focused)) focused.focus();
  }
  for (const key of [...rows.keys()]) if (!seen.functions.has(key)) rows.delete(key);
  $("empty").hidden = shown.length > 0;
  write($("empty"), all.length ? "No function is like that." : "Nothing is deployed yet. Deploy a function here, or with faas-cli.");
  tally(all);
}

function tally(all) {
  const of = (word) => all.filter((each) => each.state === word).length;
  const memory = [...seen.memory].reduce((sum, [key, size]) => sum + (seen.functions.has(key) ? size : 0), 0);
  const rate = all.reduce((sum, each) => sum + rateNow(each), 0);
  const parts = [[of("ready"), "ready"], [of("starting"), "starting"], [of("asleep"), "asleep"], [of("failing"), "failing"]]
    .filter(([number], index) => number || index === 0)
    .concat([[perSecond(rate), "calls a second"], [bytes(memory), "in use"]]);
  const text = parts.map((part) => part.join(" ")).join(" · ");
  if ($("tally").textContent === text) return;
  $("tally").replaceChildren(...parts.flatMap(([number, word], index) => [index ? " · " : "", make("span", {}, make("b", {}, String(number)), ` ${word}`)]));
}

const CELLS = ["replicas", "calls", "errors", "p50", "p95", "memory", "cpu"];

function makeRow(each) {
  const link = make("a", { href: `#/${keyOf(each)}` }, each.name);
  if (each.namespace !== DEFAULT_NAMESPACE) link.append(make("span", { className: "space" }, `.${each.namespace}`));
  const cell = (className, ...children) => make("td", { className, role: "cell" }, ...children);
  const spark = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  spark.classList.add("spark");
  for (const [name, value] of [["viewBox", "0 0 100 20"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) spark.setAttribute(name, value);
  const rate = make("span");
  const status = cell("status");
  const cells = Object.fromEntries(CELLS.map((name) => [name, cell(`number ${name}`)]));
  const { replicas, ...others } = cells;
  const row = make("tr", { role: "row" }, cell("name", link), status, replicas, cell("number rate", spark, rate), ...Object.values(others));
  row.dataset.function = keyOf(each);
  return { row, spark, rate, status, cells };
}

function fill({ spark, rate, status, cells }, each) {
  const key = keyOf(each);
  if (status.firstChild?.dataset.state !== each.state) status.replaceChildren(state(each.state));
  status.title = each.reason;
  draw(spark, each.rates, 100, 20);
  write(rate, perSecond(rateNow(each)));
  write(cells.replicas, `${each.ready}/${each.replicas}`);
  write(cells.calls, count(each.calls));
  write(cells.errors, count(each.errors));
  write(cells.p50, milliseconds(each.p50));
  write(cells.p95, milliseconds(each.p95));
  write(cells.memory, each.ready ? bytes(seen.memory.get(key)) : "–");
  write(cells.cpu, each.ready ? percent(each.cpu) : "–");
  cells.errors.classList.toggle("wrong", each.errors > 0);
  cells.calls.dataset.rest = each.errors ? `, ${count(each.errors)} errors` : "";
  for (const name of ["errors", "calls"]) cells[name].classList.toggle("zero", each[name] === 0);
}
