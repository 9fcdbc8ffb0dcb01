// The gateway's own page: what is deployed and how it fares, and the means to change it.
const POLL_MS = 2000;
// Memory is counted page by page: it is asked for with every so many polls.
const MEMORY_EVERY = 5;
const TOLD_MS = 10_000;
const POINTS = 60;
const LINES = 2000;
const BODY_SHOWN = 1 << 20;
const WITHOUT_BODY = new Set(["GET", "HEAD"]);
const DEFAULT_NAMESPACE = "openfaas-fn";

const $ = (id) => document.getElementById(id);

/** What the gateway said last, and what was derived from it. */
const seen = { functions: new Map(), memory: new Map(), namespaces: [], polls: 0, taken: 0, any: false };
/** The function whose page is open, and what is under way for it. */
let open = null;

// Words and numbers

const whole = new Intl.NumberFormat("en");

const count = (number) => whole.format(number);

function milliseconds(number) {
  if (number === null) return "–";
  if (number >= 1000) return `${(number / 1000).toFixed(number < 10_000 ? 1 : 0)} s`;
  return `${number >= 100 ? number.toFixed(0) : number.toPrecision(2)} ms`;
}

function bytes(number) {
  if (number === undefined || number === null) return "–";
  if (number < 1000) return `${number} B`;
  const mebi = number / 2 ** 20;
  if (mebi < 0.1) return `${(number / 1000).toFixed(1)} kB`;
  return mebi < 1000 ? `${mebi < 10 ? mebi.toFixed(1) : mebi.toFixed(0)} MB` : `${(mebi / 1024).toFixed(1)} GB`;
}

const percent = (millicores) => `${(millicores / 10).toFixed(millicores >= 100 || millicores === 0 ? 0 : 1)} %`;

const perSecond = (rate) => (rate === 0 ? "0" : rate < 10 ? rate.toFixed(1) : rate.toFixed(0));

const keyOf = ({ name, namespace }) => `${namespace}/${name}`;

const target = ({ name, namespace }) => (namespace === DEFAULT_NAMESPACE ? name : `${name}.${namespace}`);

const state = (word) => make("span", { className: "state", "data-state": word }, word);

// The document

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Writes only what has changed: a selection or a screen reader is not disturbed. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let telling;

function tell(text) {
  write($("said"), text);
  clearTimeout(telling);
  telling = setTimeout(() => write($("said"), ""), TOLD_MS);
}

function draw(svg, points, width, height) {
  const most = Math.max(1, ...points);
  const step = width / (POINTS - 1);
  const start = width - step * (points.length - 1);
  const line = points.map((rate, index) => `${(start + index * step).toFixed(1)},${(height - 1.5 - (rate / most) * (height - 4)).toFixed(1)}`);
  if (svg.childElementCount === 0) {
    for (const name of ["area", "line"]) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.classList.add(name);
      svg.append(path);
    }
  }
  const [area, curve] = svg.children;
  const shown = points.length > 1 && points.some((rate) => rate > 0);
  curve.setAttribute("d", shown ? `M${line.join("L")}` : "");
  area.setAttribute("d", shown ? `M${start.toFixed(1)},${height}L${line.join("L")}L${width},${height}Z` : "");
}

// Talking to the gateway

async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error((await answer.text()).trim() || `the gateway answered ${answer.status}`);
  return answer;
}

async function poll() {
  const number = seen.polls++;
  const memory = number % MEMORY_EVERY === 0 ? "?memory=1" : "";
  try {
    const overview = await (await ask("GET", `/ui/functions${memory}`)).json();
    $("away").hidden = true;
    if (number < seen.taken) return; // A later question was answered before.
    seen.taken = number;
    take(overview);
  } catch {
    $("away").hidden = false;
  }
}

function take(overview) {
  const functions = new Map(overview.functions.map((each) => [keyOf(each), each]));
  for (const [key, each] of functions) if (each.memory !== null) seen.memory.set(key, each.memory);
  Object.assign(seen, { functions, any: true, namespaces: overview.namespaces });
  $("site").hidden = !functions.has(`${DEFAULT_NAMESPACE}/site`);
  choose($("namespace"), ["", ...overview.namespaces], (name) => name || "All");
  $("spaces").hidden = overview.namespaces.length < 2;
  show();
}

function choose(select, values, word = (value) => value) {
  if ([...select.options].map(({ value }) => value).join() === values.join()) return;
  const kept = select.value;
  select.replaceChildren(...values.map((value) => new Option(word(value), value)));
  if (values.includes(kept)) select.value = kept;
}

const rateNow = ({ rates }) => rates.at(-1) ?? 0;

function show() {
  if (open) showOne();
  else showList();
}

// The list

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

function showList() {
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

// One function

class Page {
  constructor(key) {
    this.key = key;
    [this.namespace, this.name] = key.split("/");
    this.ending = new AbortController();
    this.call = null;
    this.lines = [];
  }

  /** Shows what does not change by itself, and begins to listen. */
  async begin() {
    $("log").replaceChildren();
    $("answer").hidden = true;
    $("path").value = "/";
    $("headers").value = $("body").value = $("log-words").value = "";
    write($("one-title"), this.name);
    this.follow();
    await this.describe();
  }

  end() {
    this.ending.abort();
    this.call?.abort();
  }

  async describe() {
    const answer = await fetch(`/system/function/${this.name}?namespace=${this.namespace}`, { signal: this.ending.signal }).catch(() => null);
    if (!answer?.ok || open !== this) return;
    this.deployed = await answer.json();
    const facts = this.deployed;
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

  // Logs

  async follow() {
    let since = "";
    while (!this.ending.signal.aborted) {
      try {
        const query = `name=${this.name}&namespace=${this.namespace}&follow=true&tail=200${since}`;
        const answer = await fetch(`/system/logs?${query}`, { signal: this.ending.signal });
        if (!answer.ok) throw new Error(`the logs were answered ${answer.status}`);
        write($("live"), "following");
        await eachLine(answer.body, (line) => {
          const entry = JSON.parse(line);
          since = `&since=${encodeURIComponent(entry.timestamp)}`;
          this.add(entry);
        });
      } catch {
        if (this.ending.signal.aborted) return;
      }
      write($("live"), "not connected, trying again");
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
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

  // Invoking

  async invoke() {
    this.call?.abort();
    const call = (this.call = new AbortController());
    const method = $("method").value;
    const path = $("path").value;
    const begun = performance.now();
    const outcome = $("outcome");
    $("answer").hidden = false;
    $("stop").hidden = false;
    outcome.toggleAttribute("data-wrong", false);
    outcome.textContent = "Waiting for the answer";
    $("answer-headers").textContent = $("answer-body").textContent = "";
    const took = () => milliseconds(performance.now() - begun);
    try {
      const answer = await fetch(`/function/${target(this)}${path.startsWith("/") || path.startsWith("?") ? "" : "/"}${path}`, {
        method,
        headers: headersOf($("headers").value),
        body: WITHOUT_BODY.has(method) ? undefined : $("body").value,
        redirect: "manual",
        credentials: "omit",
        cache: "no-store",
        signal: call.signal,
      });
      const size = await this.read(answer);
      this.conclude(answer, took(), size);
    } catch (error) {
      outcome.toggleAttribute("data-wrong", true);
      const why = call.signal.aborted ? "Stopped" : `No whole answer: ${error.message}`;
      outcome.replaceChildren(make("b", {}, why), make("span", {}, `after ${took()}`));
    } finally {
      if (this.call === call) $("stop").hidden = true;
    }
    await poll();
  }

  /** Shows the body as it comes, as far as a page can bear it. */
  async read(answer) {
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

  conclude(answer, took, size) {
    const inside = answer.headers.get("x-duration-seconds");
    // The browser keeps a redirect to itself.
    const status = answer.type === "opaqueredirect" ? "A redirect" : `${answer.status} ${answer.statusText}`.trim();
    const parts = [`${took} here`, inside && `${milliseconds(Number(inside) * 1000)} at the gateway`, bytes(size)];
    $("outcome").toggleAttribute("data-wrong", answer.status >= 400);
    $("outcome").replaceChildren(make("b", {}, status), ...parts.filter(Boolean).map((part) => make("span", {}, part)));
  }
}

function showOne() {
  const each = seen.functions.get(open.key);
  if (!each) {
    tell(`${open.name} is not deployed`);
    location.hash = "#/";
    return;
  }
  const where = $("where");
  if (where.dataset.shown !== `${each.state} ${each.image}`) {
    where.dataset.shown = `${each.state} ${each.image}`;
    where.replaceChildren(state(each.state), make("span", {}, each.image), make("span", {}, each.namespace));
    open.describe();
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
    ["Memory", each.ready ? bytes(seen.memory.get(open.key)) : "–"],
    ["CPU", each.ready ? percent(each.cpu) : "–"],
    ["Restarts", count(each.restarts), each.restarts > 0],
  ]);
  draw($("curve"), each.rates, 600, 64);
  write($("peak"), `now ${perSecond(rateNow(each))}, at most ${perSecond(Math.max(0, ...each.rates))}`);
}

/** Terms and what they are; the elements stay as long as the terms do. */
function define(list, facts) {
  const given = facts.filter(([, text]) => text);
  const terms = given.map(([term]) => term).join();
  if (list.dataset.terms !== terms) {
    list.dataset.terms = terms;
    list.replaceChildren(...given.map(([term]) => make("div", {}, make("dt", {}, term), make("dd"))));
  }
  given.forEach(([, text, wrong], index) => {
    const place = list.children[index].lastChild;
    write(place, text);
    place.classList.toggle("wrong", Boolean(wrong));
  });
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

async function* pieces(stream) {
  const reader = stream?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) return;
    yield value;
  }
}

async function eachLine(stream, hear) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces(stream)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) hear(line);
  }
}

// Changing what is deployed

/** Resolves when the dialog was answered: to whether the answer was yes. */
function confirmed(dialog) {
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

async function attempt(what, work) {
  try {
    await work();
    tell(what);
  } catch (error) {
    tell(error.message);
  }
  await poll();
}

async function scale() {
  const { name, namespace, key } = open;
  write($("scale-title"), `Scale ${name}`);
  $("replicas").value = seen.functions.get(key)?.replicas ?? 1;
  if (!(await confirmed($("scale-dialog")))) return;
  const replicas = Number($("replicas").value);
  await attempt(`${name} was asked for ${replicas} replicas`, () =>
    ask("POST", `/system/scale-function/${name}`, { serviceName: name, namespace, replicas }),
  );
}

async function remove() {
  const { name, namespace } = open;
  write($("remove-title"), `Remove ${name}?`);
  if (!(await confirmed($("remove-dialog")))) return;
  await attempt(`${name} was removed`, async () => {
    await ask("DELETE", "/system/functions", { functionName: name, namespace });
    location.hash = "#/";
  });
}

const FORM = { variables: "envVars", labels: "labels", annotations: "annotations" };

function deploy(deployed = null) {
  const { name = "", image = "", envProcess = "", namespace = DEFAULT_NAMESPACE, secrets = [] } = deployed ?? {};
  write($("deploy-title"), deployed ? `Deploy ${name} again` : "Deploy a function");
  choose($("new-namespace"), seen.namespaces.length ? seen.namespaces : [DEFAULT_NAMESPACE]);
  const values = { name, image, process: envProcess, namespace, secrets: secrets.join(", ") };
  for (const [field, value] of Object.entries(values)) $(`new-${field}`).value = value;
  for (const [field, member] of Object.entries(FORM)) {
    const pairs = Object.entries(deployed?.[member] ?? {}).filter(([key]) => !TOLD.has(key));
    $(`new-${field}`).value = pairs.map(([key, value]) => `${key}=${value}`).join("\n");
  }
  $("new-name").readOnly = Boolean(deployed);
  $("new-namespace").disabled = Boolean(deployed);
  $("refused").hidden = true;
  $("deploy-form").dataset.kept = JSON.stringify(kept(deployed ?? {}));
  $("deploy-dialog").showModal();
}

/** What describe adds to annotations, and nobody has deployed. */
const TOLD = new Set(["com.fanfold.last-exit", "com.fanfold.last-exit-at", "com.fanfold.restarts"]);

/** What a deployment has beside what the form shows. */
const kept = ({ limits, requests, constraints, readOnlyRootFilesystem }) => ({ limits, requests, constraints, readOnlyRootFilesystem });

function pairsOf(text) {
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line.trim())
      .map((line) => [line.split("=")[0].trim(), line.split("=").slice(1).join("=")]),
  );
}

async function sendDeployment(event) {
  event.preventDefault();
  const value = (field) => $(`new-${field}`).value.trim();
  const deployment = {
    ...JSON.parse($("deploy-form").dataset.kept),
    service: value("name"),
    image: value("image"),
    namespace: value("namespace"),
    envProcess: value("process"),
    secrets: value("secrets").split(/[\s,]+/).filter(Boolean),
    ...Object.fromEntries(Object.entries(FORM).map(([field, member]) => [member, pairsOf($(`new-${field}`).value)])),
  };
  try {
    await ask("POST", "/system/functions", deployment);
  } catch (error) {
    $("refused").hidden = false;
    write($("refused"), error.message);
    $("refused").scrollIntoView({ block: "nearest" });
    return;
  }
  $("deploy-dialog").close();
  tell(`${deployment.service} was deployed`);
  await poll();
  location.hash = `#/${deployment.namespace}/${deployment.service}`;
  await open?.describe();
}

// Where we are

function route() {
  const key = decodeURIComponent(location.hash.slice(2));
  open?.end();
  open = key.includes("/") ? new Page(key) : null;
  $("list").hidden = Boolean(open);
  $("one").hidden = !open;
  document.title = `${open ? open.name : "Functions"} · Fanfold gateway`;
  if (seen.polls > 1 || open) scrollTo(0, 0);
  if (open) {
    $("where").dataset.shown = "";
    open.begin();
  }
  if (seen.any) show();
}

function listen() {
  addEventListener("hashchange", () => {
    route();
    $("main").focus({ preventScroll: true });
  });
  $("filters").addEventListener("input", showList);
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("method").addEventListener("change", () => ($("body-field").hidden = WITHOUT_BODY.has($("method").value)));
  $("invoke").addEventListener("submit", (event) => {
    event.preventDefault();
    open.invoke();
  });
  $("body").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) open.invoke();
  });
  $("stop").addEventListener("click", () => open.call?.abort());
  $("log-words").addEventListener("input", () => {
    const words = $("log-words").value.toLowerCase();
    for (const line of $("log").children) line.hidden = !line.textContent.toLowerCase().includes(words);
  });
  $("log").addEventListener("scroll", () => {
    const { scrollTop, scrollHeight, clientHeight } = $("log");
    $("follow").checked = scrollHeight - scrollTop - clientHeight < 24;
  });
  $("follow").addEventListener("change", () => $("follow").checked && ($("log").scrollTop = $("log").scrollHeight));
  $("scale").addEventListener("click", scale);
  $("remove").addEventListener("click", remove);
  $("edit").addEventListener("click", () => open.deployed && deploy(open.deployed));
  $("deploy").addEventListener("click", () => deploy());
  $("deploy-form").addEventListener("submit", sendDeployment);
  $("deploy-cancel").addEventListener("click", () => $("deploy-dialog").close());
}

async function watch() {
  for (;;) {
    // Nobody looks at a page in the background: the gateway need not count for it.
    if (!document.hidden) await poll();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

listen();
$("body-field").hidden = WITHOUT_BODY.has($("method").value);
route();
watch();
