// dom: elements, tables and figures. Text from the network becomes text nodes here and nothing else: no
// function of the page takes HTML.

// h("td", {class: "number", onclick: f}, child, ...): children are nodes, or are shown as text.
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.startsWith("aria-")) element.setAttribute(key, String(value));
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : document.createTextNode(text(child))))
  );
  return element;
}

export const $ = (id) => document.getElementById(id);

// What the browser keeps for this page, where it may; null: nothing.
export function stored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

// null: it is to be forgotten. Where the browser keeps nothing, it lasts as long as the page.
export function store(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // full, or forbidden
  }
}

// What names from the network may hide: controls and marks that reorder text are made visible.
export function text(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return value.toLocaleString("en");
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "\ufffd");
}

// 1234567 as "1.23 M".
export function short(n, unit = "") {
  for (const [prefix, size] of [
    ["T", 1e12],
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3]
  ])
    if (n >= size) return `${(n / size).toPrecision(3)} ${prefix}${unit}`;
  return `${n >= 100 || Number.isInteger(n) ? Math.round(n) : n.toPrecision(2)}${unit && " " + unit}`;
}

export function age(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  const units = [
    ["d", 86400],
    ["h", 3600],
    ["min", 60],
    ["s", 1]
  ];
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at < 0) return "0 s";
  const [name, size] = units[at],
    n = Math.floor(seconds / size);
  const [below, small] = units[at + 1] || ["", 0],
    rest = small ? Math.floor((seconds % size) / small) : 0;
  return rest ? `${n} ${name} ${rest} ${below}` : `${n} ${name}`;
}

export const badge = (word, kind) => h("span", {class: `badge ${kind}`}, word);

// A table: columns are [heading, function of a row, whether it holds numbers]; none is what an empty one says.
export function table(caption, columns, rows, none = "none") {
  if (!rows.length) return h("p", {class: "dim none"}, none);
  return h(
    "div",
    {class: "scroll", tabindex: 0, role: "region", "aria-label": caption, "data-key": "table " + caption},
    h(
      "table",
      {},
      h("caption", {class: "hidden"}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map(([name, , number]) => h("th", {scope: "col", class: number ? "number" : null}, name))
        )
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            columns.map(([, of, number]) => h("td", {class: number ? "number" : null}, of(row) ?? "–"))
          )
        )
      )
    )
  );
}

export const put = (element, ...children) => element.replaceChildren(...children.flat(Infinity).filter(Boolean));

// As put, but for what is replaced every few seconds: keeps the focus and the scrolling, and text that is being copied.
export function refresh(element, ...children) {
  const selection = getSelection();
  if (selection && !selection.isCollapsed && element.contains(selection.anchorNode)) return;
  const key = document.activeElement?.dataset?.key,
    inside = key && element.contains(document.activeElement);
  const scrolled = [...element.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
  put(element, children);
  [...element.querySelectorAll(".scroll")].forEach((box, i) => {
    if (scrolled[i]) [box.scrollLeft, box.scrollTop] = scrolled[i];
  });
  if (inside) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({preventScroll: true});
}

// Tabs as the ARIA practices describe them: arrows move, one tab is in the order of the Tab key.
export function tabs(list, chosen) {
  const buttons = [...list.querySelectorAll("[role=tab]")];
  const choose = (button, focus) => {
    for (const each of buttons) {
      const on = each === button;
      each.setAttribute("aria-selected", on);
      each.tabIndex = on ? 0 : -1;
      $(each.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) button.focus();
    chosen?.(button.id);
  };
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[role=tab]");
    if (button) choose(button);
  });
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement),
      last = buttons.length - 1;
    const to = {ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at > 0 ? at - 1 : last, Home: 0, End: last}[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    choose(buttons[to], true);
  });
  return (id) => choose($(id));
}
