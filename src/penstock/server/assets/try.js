// @ts-check
/** A form for one row of an endpoint, its answer, and what the answer would be. Nothing here is logged. */

/**
 * @typedef {{name: string, kind: string, whole: boolean, edges: number[], categories: string[],
 *   every_category: boolean, example: any}} Column
 * @typedef {{prediction: any, probabilities?: Record<string, number>,
 *   interval?: {level: number, lower?: number, upper?: number, set?: any[]},
 *   explanation?: {base: number, attributions: Record<string, number>}}} Prediction
 */

const KEY = "penstock.token";
const MOST_BARS = 8, MOST_ATTRIBUTIONS = 10, POINTS = 25, PAUSE_MS = 120;
const endpoint = decodeURIComponent(location.pathname.split("/")[2] ?? "");
/** @type {Record<string, any>} */
const row = {};
/** @type {Column[]} */
let columns = [];
/** @type {Column | null} */
let moved = null;
let asked = 0;
let timer = 0;

/** @param {string} id @returns {any} */
const at = (id) => document.getElementById(id);

/** @param {string} tag @param {Record<string, any>} [given] @param {...(Node | string)} inside @returns {any} */
function make(tag, given = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name in node) /** @type {any} */ (node)[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...inside);
  return node;
}

/** @param {number} value @param {number} [digits] */
const shown = (value, digits = 5) =>
  Math.abs(value) >= 1e9 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toPrecision(3)
    : value.toLocaleString(undefined, { maximumSignificantDigits: digits });

/** @param {string} path @param {any} [body] @returns {Promise<any>} */
async function ask(path, body) {
  const token = sessionStorage.getItem(KEY);
  /** @type {Record<string, string>} */
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body: JSON.stringify(body) });
  const told = await answer.json();
  if (answer.ok) return told;
  if (answer.status === 401) at("gate").hidden = false;
  throw new Error([told.error?.message, told.error?.hint].filter(Boolean).join(" ") || answer.statusText);
}

/** @param {unknown} problem */
function trouble(problem) {
  at("trouble").textContent = problem instanceof Error ? problem.message : "";
  at("trouble").hidden = !problem;
}

/** @param {Column} column */
function field(column) {
  const id = `field-${columns.indexOf(column)}`;
  const unknown = make("input", { type: "checkbox", id: `${id}-unknown` });
  const control = controlOf(column, id);
  unknown.addEventListener("change", () => {
    for (const each of control.querySelectorAll("input, select, textarea")) each.disabled = unknown.checked;
    row[column.name] = unknown.checked ? null : control.value();
    soon(null);
  });
  const not = make("label", { className: "unknown", htmlFor: unknown.id }, unknown, "not known");
  const head = make("div", { className: "head" }, make("label", { htmlFor: id }, column.name), not);
  return make("div", { className: "field" }, head, control);
}

/** @param {Column} column @param {string} id @returns {any} */
function controlOf(column, id) {
  if (column.kind === "number") return numberControl(column, id);
  if (column.kind === "boolean") return choiceControl(column, id, [["true", true], ["false", false]]);
  if (column.categories.length) return choiceControl(column, id, column.categories.map((each) => [each, each]));
  const types = /** @type {Record<string, string>} */ ({ date: "date", moment: "datetime-local", time: "time" });
  const long = column.kind === "text";
  const input = long
    ? make("textarea", { id, value: column.example })
    : make("input", { id, type: types[column.kind] ?? "text", step: 1, value: written(column, column.example) });
  const box = make("div", {}, input);
  box.value = () => read(column, input.value);
  input.addEventListener("input", () => change(column, box.value()));
  return box;
}

/** @param {Column} column @param {any} value */
function written(column, value) {
  if (column.kind === "moment") return String(value).replace("Z", "");
  return Array.isArray(value) && column.kind !== "sparse vector" ? value.join(", ") : typeof value === "string" ? value : JSON.stringify(value);
}

/** @param {Column} column @param {string} text */
function read(column, text) {
  if (column.kind === "texts") return text.split(",").map((each) => each.trim());
  if (column.kind === "numbers") return text.split(",").map(Number);
  if (column.kind === "sparse vector") { try { return JSON.parse(text); } catch { return text; } }
  if (column.kind === "moment" && String(column.example).endsWith("Z")) return text && `${text}Z`;
  return text || null;
}

/** @param {Column} column @param {string} id */
function numberControl(column, id) {
  const number = make("input", { id, type: "number", step: column.whole ? 1 : "any", value: column.example });
  const box = make("div", { className: "row" }, number);
  const [least, most] = [column.edges[0], column.edges[column.edges.length - 1]];
  if (column.edges.length > 1) {
    const step = column.whole ? 1 : (most - least) / 200;
    const slider = make("input", { type: "range", min: least, max: most, step, "aria-label": column.name });
    slider.value = String(column.example);
    slider.addEventListener("input", () => {
      number.value = column.whole ? slider.value : Number(Number(slider.value).toPrecision(5));
      change(column, box.value());
    });
    number.addEventListener("input", () => { slider.value = number.value; });
    box.prepend(slider);
  }
  box.value = () => (number.value === "" ? null : Number(number.value));
  number.addEventListener("input", () => change(column, box.value()));
  return box;
}

/** @param {Column} column @param {string} id @param {[string, any][]} choices */
function choiceControl(column, id, choices) {
  const select = make("select", { id }, ...choices.map(([name]) => make("option", {}, name)));
  select.value = String(column.example);
  const box = make("div", { className: "row" }, select);
  const other = make("input", { type: "text", hidden: true, "aria-label": `${column.name}: another value` });
  if (column.kind === "text") {
    select.append(make("option", { value: "\u0000other" }, "another value …"));
    box.append(other);
  }
  box.value = () => {
    const place = select.selectedIndex;
    return place < choices.length ? choices[place][1] : other.value;
  };
  select.addEventListener("change", () => {
    other.hidden = select.selectedIndex < choices.length;
    change(column, box.value());
  });
  other.addEventListener("input", () => change(column, box.value()));
  return box;
}

/** @param {Column} column @param {any} value */
function change(column, value) {
  row[column.name] = value;
  soon(column);
}

/** @param {Column | null} column */
function soon(column) {
  moved = column && column.kind === "number" && column.edges.length > 1 ? column : moved;
  clearTimeout(timer);
  timer = setTimeout(predict, PAUSE_MS);
}

async function predict() {
  const turn = ++asked;
  try {
    const path = `/try/${encodeURIComponent(endpoint)}`;
    const told = await ask(path, { rows: [row], detail: true });
    const line = moved ? await ask(path, { rows: along(moved) }) : null;
    // A later answer is there already.
    if (turn !== asked) return;
    trouble(null);
    draw(told.predictions[0], line?.predictions ?? []);
  } catch (problem) {
    if (turn === asked) trouble(problem);
  }
}

/** @param {Column} column */
function along(column) {
  return points(column).map((value) => ({ ...row, [column.name]: value }));
}

/** @param {Column} column */
function points(column) {
  const [least, most] = [column.edges[0], column.edges[column.edges.length - 1]];
  const found = Array.from({ length: POINTS }, (_, place) => least + ((most - least) * place) / (POINTS - 1));
  return column.whole ? [...new Set(found.map(Math.round))] : found;
}

/** @param {Prediction} told @param {Prediction[]} line */
function draw(told, line) {
  const parts = [];
  const value = told.prediction;
  parts.push(make("p", { className: "big" }, typeof value === "number" ? shown(value) : value === null ? "no answer" : typeof value === "object" ? value.map(shown).join(", ") : String(value)));
  const interval = told.interval;
  if (interval?.lower !== undefined && interval.upper !== undefined)
    parts.push(make("p", { className: "soft" }, `${Math.round(interval.level * 100)} % of such rows lie between ${shown(interval.lower)} and ${shown(interval.upper)}.`));
  else if (interval?.set && interval.set.length > 1)
    parts.push(make("p", { className: "soft" }, `Not sure: ${interval.set.join(", ")} are plausible.`));
  if (told.probabilities) parts.push(make("h2", {}, "How likely"), probabilities(told.probabilities));
  if (told.explanation) parts.push(make("h2", {}, "What made it"), attributions(told.explanation.attributions));
  if (moved && line.length > 1) parts.push(...whatIf(moved, told, line));
  at("answer").replaceChildren(...parts);
}

/** @param {Record<string, number>} shares */
function probabilities(shares) {
  const rows = Object.entries(shares).sort((one, other) => other[1] - one[1]).slice(0, MOST_BARS);
  return make("dl", { className: "bars" }, ...rows.flatMap(([name, share]) => [
    make("dt", { title: name }, name),
    make("dd", {}, bar(0, share, "")),
    make("dd", { className: "figure" }, `${(100 * share).toFixed(1)} %`),
  ]));
}

/** @param {Record<string, number>} values */
function attributions(values) {
  const rows = Object.entries(values).filter(([, value]) => value !== 0).slice(0, MOST_ATTRIBUTIONS);
  const most = Math.max(...rows.map(([, value]) => Math.abs(value)), Number.MIN_VALUE);
  return make("dl", { className: "bars" }, ...rows.flatMap(([name, value]) => {
    const part = Math.abs(value) / most / 2;
    const mark = bar(value < 0 ? 0.5 - part : 0.5, part, value < 0 ? "against" : "");
    mark.classList.add("signed");
    return [
      make("dt", { title: name }, name),
      make("dd", {}, mark),
      make("dd", { className: "figure" }, `${value < 0 ? "−" : "+"}${shown(Math.abs(value), 3)}`),
    ];
  }));
}

/** @param {number} from @param {number} width @param {string} kind */
function bar(from, width, kind) {
  const fill = make("i", { className: kind });
  fill.style.left = `${100 * from}%`;
  fill.style.width = `${100 * width}%`;
  return make("div", { className: "track" }, fill);
}

/** @param {Column} column @param {Prediction} told @param {Prediction[]} line */
function whatIf(column, told, line) {
  const name = told.probabilities ? String(told.prediction) : null;
  /** @param {Prediction} each */
  const height = (each) => (name !== null ? each.probabilities?.[name] ?? 0 : Number(each.prediction));
  const xs = points(column), ys = line.map(height);
  const here = Number(row[column.name]);
  const low = Math.min(...ys, height(told)), high = Math.max(...ys, height(told));
  /** @param {number} value */
  const across = (value) => (400 * (value - xs[0])) / (xs[xs.length - 1] - xs[0] || 1);
  /** @param {number} value */
  const up = (value) => 110 - (100 * (value - low)) / (high - low || 1);
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 400 120");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `The answer by ${column.name}, from ${shown(low)} to ${shown(high)}`);
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", xs.map((x, place) => `${place ? "L" : "M"}${across(x)} ${up(ys[place])}`).join(""));
  const dot = document.createElementNS(ns, "circle");
  if (Number.isFinite(here) && here >= xs[0] && here <= xs[xs.length - 1]) {
    dot.setAttribute("cx", String(across(here)));
    dot.setAttribute("cy", String(up(height(told))));
    dot.setAttribute("r", "5");
  }
  const floor = document.createElementNS(ns, "line");
  for (const [key, value] of Object.entries({ x1: 0, x2: 400, y1: 118, y2: 118 })) floor.setAttribute(key, String(value));
  svg.append(floor, path, dot);
  const what = name === null ? "the answer" : `the probability of ${name}`;
  const span = `${shown(low, 3)} to ${shown(high, 3)}`;
  return [
    make("h2", {}, `If only ${column.name} changed: ${what}, ${span}`),
    svg,
    make("div", { className: "ends" }, make("span", {}, shown(xs[0])), make("span", {}, shown(xs[xs.length - 1]))),
  ];
}

async function start() {
  trouble(null);
  at("gate").hidden = true;
  if (!endpoint) return list();
  at("title").textContent = endpoint;
  document.title = `${endpoint} · Penstock`;
  const told = await ask(`/endpoints/${encodeURIComponent(endpoint)}/schema`);
  columns = told.columns;
  Object.assign(row, told.example);
  at("about").replaceChildren(`Model ${told.model}, version ${told.version}. Nothing that you try here is logged. `);
  at("fields").replaceChildren(...columns.map(field));
  at("fields").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  at("stage").hidden = false;
  moved = columns.find((column) => column.kind === "number" && column.edges.length > 1) ?? null;
  await predict();
}

async function list() {
  at("title").textContent = "Endpoints to try";
  const found = await ask("/api/endpoints");
  at("list").replaceChildren(...found.map((/** @type {any} */ each) =>
    make("li", {}, make("a", { href: `/try/${encodeURIComponent(each.name)}` }, each.name, make("small", {}, `model ${each.model}`)))));
  at("list").hidden = false;
  if (!found.length) at("about").textContent = "There is none yet: CREATE ENDPOINT makes one.";
}

at("gate").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, at("token").value);
  start().catch(trouble);
});
start().catch(trouble);
