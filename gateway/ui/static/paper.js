// The document: what is drawn, and written only where it has changed.
const TOLD_MS = 10_000;
const POINTS = 60;

export const $ = (id) => document.getElementById(id);
export const state = (word) => make("span", { className: "state", "data-state": word }, word);
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Writes only what has changed: a selection or a screen reader is not disturbed. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let telling;

export function tell(text) {
  write($("said"), text);
  clearTimeout(telling);
  telling = setTimeout(() => write($("said"), ""), TOLD_MS);
}

export function draw(svg, points, width, height) {
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

export function choose(select, values, word = (value) => value) {
  if ([...select.options].map(({ value }) => value).join() === values.join()) return;
  const kept = select.value;
  select.replaceChildren(...values.map((value) => new Option(word(value), value)));
  if (values.includes(kept)) select.value = kept;
}

/** Terms and what they are; the elements stay as long as the terms do. */
export function define(list, facts) {
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
