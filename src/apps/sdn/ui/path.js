// path: how frames get from one host to another, hop by hop, or why they do not.

import {get} from "./api.js";
import {$, h, put} from "./dom.js";
import {drawPath} from "./graph.js";
import {hostName, hostWords, network, portName, switchName} from "./network.js";

let from,
  to,
  vlan,
  result,
  words,
  traced = null,
  asking = 0,
  go;

const hostOf = (mac, vlan) =>
  [...network.hosts.entries()].find(([key]) => key === `${mac}/${vlan}`) ||
  [...network.hosts.entries()].find(([, host]) => host.mac === mac);

function hopLine(hop, i) {
  return h(
    "li",
    {"data-number": i + 1},
    h(
      "button",
      {type: "button", class: "link", "data-key": "hop " + i, onclick: () => go.open("s:" + hop.datapath)},
      switchName(hop.datapath)
    ),
    h(
      "span",
      {class: "dim"},
      ` in by ${hop.in_port === null ? "a port that is not known" : "port " + portName(hop.in_port)}, ` +
        (hop.out_port === null ? "and no further" : `out by port ${portName(hop.out_port)}`)
    )
  );
}

function show(path) {
  const ends = [hostOf(path.from_host, path.vlan), hostOf(path.to_host, path.vlan)];
  const [one, other] = ends.map((end, i) => (end ? hostName(end[1]) : traced.get(["from", "to"][i])));
  const hops = `${path.hops.length} switch${path.hops.length === 1 ? "" : "es"}`;
  put(
    result,
    h(
      "p",
      {class: `verdict ${path.reached ? "ok" : "failed"}`, role: "status"},
      path.reached
        ? `${one} reaches ${other} through ${hops}.`
        : `${one} does not reach ${other}: ${path.reason || "no reason is given"}`
    ),
    h("ol", {class: "hops", "aria-label": "Switches on the way"}, path.hops.map(hopLine))
  );
  drawPath(path.hops, ends[0]?.[0], path.reached ? ends[1]?.[0] : null);
}

function clear() {
  traced = null;
  asking++;
  put(result, h("p", {class: "dim"}, "Type two hosts by name or address, or click them in the graph while this is open."));
  drawPath([]);
}

async function trace() {
  const mine = ++asking,
    query = new URLSearchParams({from: from.value.trim(), to: to.value.trim(), ...(vlan.value !== "" && {vlan: vlan.value})});
  traced = query;
  try {
    const path = await get("/paths?" + query);
    if (mine === asking) show(path);
  } catch (fault) {
    if (mine !== asking) return;
    put(result, h("p", {class: "verdict failed", role: "alert"}, fault.message));
    drawPath([]);
  }
}

// After the network has changed: the path may have as well.
export function retrace() {
  if (traced) trace();
}

export function traceHosts(ends) {
  if (ends.from) from.value = ends.from;
  if (ends.to) to.value = ends.to;
  if (from.value && to.value) trace();
  else (from.value ? to : from).focus();
}

// A host was clicked while this part is open: it becomes the first end that is missing.
export function pickHost(key) {
  const [word] = hostWords(network.hosts.get(key));
  if (!from.value || to.value) {
    from.value = word;
    to.value = "";
    clear();
  } else {
    to.value = word;
    trace();
  }
}

export function updateHosts() {
  const options = [...network.hosts.values()]
    .slice(0, 500)
    .flatMap((host) => hostWords(host).map((word) => h("option", {value: word}, hostName(host))));
  words.replaceChildren(...options);
}

export function startPath(actions) {
  go = actions;
  const field = (id, name) =>
    h("input", {id, name, list: "host-words", autocomplete: "off", spellcheck: "false", required: true, maxlength: 255});
  from = field("trace-from", "from");
  to = field("trace-to", "to");
  vlan = h("input", {id: "trace-vlan", type: "number", min: 0, max: 4095, placeholder: "any"});
  words = h("datalist", {id: "host-words"});
  result = h("div", {id: "trace-result"});
  const swap = () => {
    [from.value, to.value] = [to.value, from.value];
    if (from.value && to.value) trace();
  };
  put(
    $("path"),
    h(
      "form",
      {
        id: "trace-form",
        onsubmit: (event) => {
          event.preventDefault();
          trace();
        }
      },
      h(
        "div",
        {class: "row"},
        h("div", {class: "grow"}, h("label", {for: "trace-from"}, "From"), from),
        h("button", {type: "button", "aria-label": "Swap the two hosts", onclick: swap}, "⇄"),
        h("div", {class: "grow"}, h("label", {for: "trace-to"}, "To"), to),
        h("div", {class: "vlan"}, h("label", {for: "trace-vlan"}, "VLAN"), vlan)
      ),
      h(
        "div",
        {class: "row"},
        h("button", {type: "submit", class: "primary"}, "Trace"),
        h(
          "button",
          {
            type: "button",
            onclick: () => {
              from.value = to.value = vlan.value = "";
              clear();
            }
          },
          "Clear"
        )
      )
    ),
    words,
    result
  );
  clear();
}
