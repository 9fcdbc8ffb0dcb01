// The gateway's own page: what is deployed and how it fares, and the means to change it.
import { fit } from "./call.js";
import { deploy, remove, scale, send } from "./deploying.js";
import { news, seen, watch } from "./gateway.js";
import { showList } from "./list.js";
import { sift } from "./log.js";
import { Page } from "./one.js";
import { $, choose } from "./paper.js";
import { DEFAULT_NAMESPACE } from "./words.js";

/** The function whose page is open, and what is under way for it. */
let open = null;

function show() {
  $("site").hidden = !seen.functions.has(`${DEFAULT_NAMESPACE}/site`);
  choose($("namespace"), ["", ...seen.namespaces], (name) => name || "All");
  $("spaces").hidden = seen.namespaces.length < 2;
  if (open) open.show();
  else showList();
}

function route() {
  const key = decodeURIComponent(location.hash.slice(2));
  open?.end();
  open = key.includes("/") ? new Page(key) : null;
  $("list").hidden = Boolean(open);
  $("one").hidden = !open;
  document.title = `${open ? open.name : "Functions"} · Fanfold gateway`;
  if (seen.polls > 1 || open) scrollTo(0, 0);
  if (seen.any) show();
}

function listen() {
  addEventListener("hashchange", () => {
    route();
    $("main").focus({ preventScroll: true });
  });
  $("filters").addEventListener("input", showList);
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("method").addEventListener("change", fit);
  $("invoke").addEventListener("submit", (event) => {
    event.preventDefault();
    open.invoke();
  });
  $("body").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) open.invoke();
  });
  $("stop").addEventListener("click", () => open.call?.abort());
  $("log-words").addEventListener("input", sift);
  $("log").addEventListener("scroll", () => {
    const { scrollTop, scrollHeight, clientHeight } = $("log");
    $("follow").checked = scrollHeight - scrollTop - clientHeight < 24;
  });
  $("follow").addEventListener("change", () => $("follow").checked && ($("log").scrollTop = $("log").scrollHeight));
  $("scale").addEventListener("click", () => scale(open));
  $("remove").addEventListener("click", () => remove(open));
  $("edit").addEventListener("click", () => open.deployed && deploy(open.deployed));
  $("deploy").addEventListener("click", () => deploy());
  $("deploy-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await send()) await open?.describe();
  });
  $("deploy-cancel").addEventListener("click", () => $("deploy-dialog").close());
  news.addEventListener("overview", show);
  news.addEventListener("there", () => ($("away").hidden = true));
  news.addEventListener("away", () => ($("away").hidden = false));
}

listen();
fit();
route();
watch();
