// log: what happened, newest first.

import {$, h, put} from "./dom.js";

const KEPT = 500;
const events = [];
let list,
  search,
  only,
  unseen = 0,
  last = 0,
  go;

function line(event) {
  const at = new Date(event.time);
  return h(
    "li",
    {class: event.warning ? "warning" : null},
    h("time", {datetime: event.time, title: event.time}, Number.isNaN(at.getTime()) ? event.time : at.toLocaleTimeString("en-GB")),
    h(
      "div",
      {},
      event.datapath
        ? h("button", {type: "button", class: "link", onclick: () => go.open("s:" + event.datapath)}, event.text)
        : event.text,
      h("div", {class: "kind"}, event.warning && h("span", {class: "warning"}, "warning "), event.kind)
    )
  );
}

const isWanted = (event) =>
  (!only.checked || event.warning) &&
  `${event.kind} ${event.text} ${event.datapath}`.toLowerCase().includes(search.value.toLowerCase());

function paint() {
  const wanted = events.filter(isWanted);
  list.replaceChildren(...wanted.map(line));
  if (!wanted.length)
    list.append(h("li", {class: "dim"}, h("span", {}), events.length ? "No event has these words." : "Nothing has happened yet."));
}

function count() {
  $("events-new").hidden = unseen === 0;
  $("events-new").textContent = unseen > 99 ? "99+" : unseen;
  $("events-new").setAttribute("aria-label", `${unseen} new`);
}

export const lastEvent = () => last;

export function eventsSeen() {
  unseen = 0;
  count();
}

// The oldest first. Those of another start of the controller follow those of before.
export function takeEvents(some, isNew) {
  const fresh = some.filter((event) => event.id > last);
  if (!fresh.length) return;
  last = fresh.at(-1).id;
  events.unshift(...[...fresh].reverse());
  events.splice(KEPT);
  if (isNew && $("events").hidden) unseen += fresh.length;
  count();
  paint();
}

export function eventsLost(n) {
  events.unshift({
    id: last,
    time: new Date().toISOString(),
    kind: "lost",
    warning: true,
    text: `${n} events were lost: this page was too slow for them.`,
    datapath: null
  });
  paint();
}

export function startLog(actions) {
  go = actions;
  list = h("ol", {class: "log", id: "log", role: "log", "aria-label": "Events, the newest first", tabindex: 0});
  search = h("input", {type: "search", id: "log-search", oninput: paint});
  only = h("input", {type: "checkbox", id: "log-warnings", onchange: paint});
  put(
    $("events"),
    h(
      "div",
      {class: "row"},
      h("div", {class: "grow"}, h("label", {for: "log-search"}, "Filter"), search),
      h("label", {class: "check", for: "log-warnings"}, only, " warnings only")
    ),
    list
  );
  paint();
}
