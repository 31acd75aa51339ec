// details: what is known of the switch, host or link that was chosen.

import {get} from "./api.js";
import {chart} from "./charts.js";
import {$, age, badge, h, put, refresh, short, table, tabs} from "./dom.js";
import {
  hostName,
  hostWords,
  LOCAL,
  linkIsDown,
  linkName,
  loadText,
  network,
  portName,
  portsDown,
  switchName,
  takePorts
} from "./network.js";

const FLOWS_SHOWN = 500;
let chosen = null,
  update = () => {},
  charts = [],
  go;

const facts = (rows) =>
  h(
    "dl",
    {class: "facts"},
    rows
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value ?? "–")))
  );
const jump = (id, words) => h("button", {type: "button", class: "link", "data-key": id, onclick: () => go.open(id)}, words);
const hostsAt = (datapath, port) =>
  [...network.hosts.entries()].filter(([, host]) => host.places.some((at) => at.datapath === datapath && at.port === port));
const ms = (us) => (us ? `${(us / 1000).toFixed(2)} ms` : null);
const rate = (value) => (value === null || value === undefined ? "–" : short(value, "bit/s"));

// A long list of fields: lines end behind commas.
const long = (list) =>
  h(
    "div",
    {class: "mono match"},
    list.split(",").map((part, i) => (i ? [",", h("wbr"), part] : part))
  );

// switches

function leadsTo(port) {
  if (port.peer) return jump("s:" + port.peer.datapath, `${switchName(port.peer.datapath)} port ${portName(port.peer.port)}`);
  const at = hostsAt(chosen.key, port.port);
  if (at.length && port.leads_to !== "switch")
    return h(
      "span",
      {},
      at
        .slice(0, 3)
        .map(([key, host], i) => [i ? ", " : "", jump("h:" + key, hostName(host))])
        .flat(),
      at.length > 3 ? ` and ${at.length - 3} more` : ""
    );
  return {host: "hosts", probing: "not known yet", one_way: "one way only", looped: "itself: a loop"}[port.leads_to] || "–";
}

function portsTable(state) {
  const ports = network.ports.get(chosen.key) || [];
  return table(
    "Ports",
    [
      [
        "Port",
        (port) =>
          h(
            "button",
            {
              type: "button",
              class: "link",
              "data-key": "port " + port.port,
              "aria-pressed": state.port === port.port,
              title: "Charts of this port",
              onclick: () => {
                state.port = state.port === port.port ? null : port.port;
                update();
              }
            },
            portName(port.port)
          )
      ],
      ["Name", (port) => port.name],
      ["Link", (port) => badge(port.link, port.link === "up" ? "ok" : port.port === LOCAL ? "" : "failed")],
      ["Leads to", leadsTo],
      ["In", (port) => rate(port.rates?.rx_bps), true],
      ["Out", (port) => rate(port.rates?.tx_bps), true],
      ["Packets in", (port) => port.counters?.rx_packets, true],
      ["Packets out", (port) => port.counters?.tx_packets, true],
      ["Dropped", (port) => (port.counters ? (port.counters.rx_dropped || 0) + (port.counters.tx_dropped || 0) : null), true],
      ["Errors", (port) => (port.counters ? (port.counters.rx_errors || 0) + (port.counters.tx_errors || 0) : null), true]
    ],
    ports,
    "The switch has named no ports yet."
  );
}

function flowsTable(flows, words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = flows.filter((flow) => {
    const all =
      `table=${flow.table} priority=${flow.priority} ${flow.owner} ${flow.cookie} ${flow.match} ${flow.instructions}`.toLowerCase();
    return wanted.every((word) => all.includes(word));
  });
  return [
    h(
      "p",
      {class: "dim", role: "status"},
      `${found.length} of ${flows.length} flows${found.length > FLOWS_SHOWN ? `; the first ${FLOWS_SHOWN} are shown` : ""}`
    ),
    table(
      "Flows",
      [
        ["Table", (flow) => flow.table, true],
        ["Priority", (flow) => String(flow.priority), true],
        ["Match", (flow) => long(flow.match || "any")],
        ["Does", (flow) => long(flow.instructions || "drop")],
        ["Packets", (flow) => flow.packets, true],
        ["Bytes", (flow) => (flow.bytes === null ? null : short(flow.bytes, "B")), true],
        ["Age", (flow) => age(flow.age_s), true],
        ["Owner", (flow) => h("span", {title: `cookie ${flow.cookie}`}, flow.owner)]
      ],
      found.slice(0, FLOWS_SHOWN),
      flows.length ? "No flow has all of these words." : "It has no flows."
    )
  ];
}

function groupsTable(groups) {
  return table(
    "Groups",
    [
      ["Group", (group) => String(group.group), true],
      ["Type", (group) => group.type?.replace("_", " ")],
      ["Buckets", (group) => long(group.buckets)]
    ],
    groups,
    "It has no groups."
  );
}

function metersTable(meters) {
  return table(
    "Meters",
    [
      ["Meter", (meter) => portName(meter.meter), true],
      ["Bands", (meter) => h("span", {class: "mono"}, meter.text)]
    ],
    meters,
    "It has no meters."
  );
}

// What the switch is asked for when the operator asks: its answer, or why there is none.
function asked(name, show, extra = []) {
  const result = h("div", {"aria-live": "polite"}),
    button = h("button", {type: "button", "data-key": "again " + name}, "Read again");
  let rows = null;
  const paint = () => {
    if (rows) put(result, show(rows[name]), rows.truncated && h("p", {class: "warning"}, "The switch has more than are listed."));
  };
  const read = async () => {
    button.disabled = true;
    if (!rows) put(result, h("p", {class: "dim"}, "The switch is asked …"));
    try {
      rows = await get(`/switches/${chosen.key}/${name}`);
      paint();
    } catch (fault) {
      rows = null;
      put(result, h("p", {class: "verdict failed", role: "alert"}, fault.message));
    }
    button.disabled = false;
  };
  button.addEventListener("click", read);
  return {box: h("div", {}, h("div", {class: "row"}, extra, button), result), read, paint, isRead: () => rows !== null};
}

function switchParts(drawn) {
  const search = h("input", {
    type: "search",
    id: "flow-search",
    placeholder: "for instance: table=0 in_port=1",
    "aria-label": "Flows that have all of these words",
    oninput: () => flows.paint()
  });
  const flows = asked(
    "flows",
    (rows) => flowsTable(rows, search.value),
    h("div", {class: "grow"}, h("label", {for: "flow-search"}, "Filter"), search)
  );
  const groups = asked("groups", groupsTable),
    meters = asked("meters", metersTable),
    ports = h("div", {});
  const parts = {ports: {box: [ports, h("div", {class: "charts"}, drawn)]}, flows, groups, meters},
    list = h("div", {role: "tablist", "aria-label": "Of this switch", class: "tabs"});
  const panels = Object.entries(parts).map(([name, part], i) => {
    list.append(
      h(
        "button",
        {
          role: "tab",
          type: "button",
          id: "switch-" + name,
          "aria-controls": name + "-box",
          "aria-selected": i === 0,
          tabindex: i ? -1 : 0
        },
        name[0].toUpperCase() + name.slice(1)
      )
    );
    return h("div", {role: "tabpanel", id: name + "-box", "aria-labelledby": "switch-" + name, hidden: i > 0}, part.box);
  });
  return {
    ports,
    start: () =>
      tabs(list, (id) => {
        const part = parts[id.slice(7)];
        if (part.read && !part.isRead()) part.read();
      }),
    boxes: [list, ...panels]
  };
}

function showSwitch() {
  const key = chosen.key,
    head = h("div", {class: "head"}),
    about = h("div", {}),
    state = {port: null};
  const traffic = chart("Traffic", "bit/s", ["in", "out"]),
    control = chart("Controller", "/s", ["packets in", "flow changes"]),
    fill = chart("Flows", "", ["entries"]);
  charts = [traffic, control, fill];
  const parts = switchParts(charts);
  put($("details"), head, about, parts.boxes);
  parts.start();
  return () => {
    const row = network.switches.get(key);
    const down = portsDown(key);
    refresh(
      head,
      h("h2", {}, "Switch ", switchName(key)),
      row.gone ? badge("not connected", "failed") : badge(row.state, row.state === "serving" ? "ok" : "warning"),
      down.length > 0 && badge(`${down.length} port${down.length > 1 ? "s" : ""} down`, "failed"),
      row.role !== "equal" && badge(row.role, "")
    );
    refresh(
      about,
      facts([
        ["Datapath", h("span", {class: "mono"}, key)],
        ["OpenFlow", row.version],
        ...(row.role !== "equal" ? [["Master", row.master || "none"]] : []),
        ["From", `${row.address} port ${row.port}`],
        ["Connected for", row.gone ? "–" : age(row.connected_s)],
        ["Echo", ms(row.echo_us)],
        ["Answers within", ms(row.answer_us)],
        ["Flows", row.flows_max ? `${row.flows ?? "–"} of ${short(row.flows_max)}` : row.flows],
        ["Packets to us", row.packet_ins],
        ["Flow changes", row.flow_mods],
        ["Packets sent", row.packet_outs],
        ["Errors", row.errors],
        ["Hardware", row.hardware || null]
      ])
    );
    traffic.firstChild.firstChild.textContent =
      state.port === null ? "Traffic of all ports" : `Traffic of port ${portName(state.port)}`;
    traffic.update(state.port === null ? "traffic " + key : `traffic ${key}:${state.port}`);
    control.update("control " + key);
    fill.update("flows " + key);
    refresh(parts.ports, portsTable(state));
  };
}

// hosts and links

function showHost() {
  const key = chosen.key,
    box = h("div", {});
  put($("details"), box);
  return () => {
    const host = network.hosts.get(key),
      word = hostWords(host)[0];
    refresh(
      box,
      h("div", {class: "head"}, h("h2", {}, "Host ", hostName(host))),
      facts([
        ["MAC address", h("span", {class: "mono"}, host.mac)],
        ["VLAN", host.vlan ? String(host.vlan) : "untagged"],
        ["Addresses", host.addresses.join(", ") || null],
        ["Silent for", age(host.silent_s)],
        [
          "At",
          h(
            "span",
            {},
            host.places
              .map((at, i) => [i ? ", " : "", jump("s:" + at.datapath, `${switchName(at.datapath)} port ${portName(at.port)}`)])
              .flat()
          )
        ]
      ]),
      h(
        "div",
        {class: "row"},
        h("button", {type: "button", "data-key": "from", onclick: () => go.trace({from: word})}, "Trace from here"),
        h("button", {type: "button", "data-key": "to", onclick: () => go.trace({to: word})}, "Trace to here")
      )
    );
  };
}

function showLink() {
  const key = chosen.key,
    head = h("div", {}),
    load = chart("Load", "bit/s", ["from the first", "from the second"]);
  charts = [load];
  put($("details"), head, h("div", {class: "charts"}, load));
  return () => {
    const link = network.links.get(key),
      down = linkIsDown(link);
    refresh(
      head,
      h("div", {class: "head"}, h("h2", {}, "Link"), badge(down ? (link.gone ? "lost" : "down") : "up", down ? "failed" : "ok")),
      facts([
        ...["a", "b"].map((end, i) => [
          i ? "Second end" : "First end",
          jump("s:" + link[end].datapath, `${switchName(link[end].datapath)} port ${portName(link[end].port)}`)
        ]),
        ["Load", loadText(link)],
        ["Floods pass", link.in_tree],
        ["Known by", link.declared ? "the intents" : "probes"]
      ])
    );
    load.update("link " + key);
  };
}

const SHOW = {s: [showSwitch, network.switches], h: [showHost, network.hosts], l: [showLink, network.links]};

function showNone() {
  const down = [...network.links.values()].filter(linkIsDown);
  refresh(
    $("details"),
    h("div", {class: "head"}, h("h2", {}, network.status ? `${network.status.name} ${network.status.version}` : "wadi-sdn")),
    network.status &&
      facts([
        ["Up for", age(network.status.uptime_s)],
        ["Works by", network.status.mode],
        ["Switches", network.status.switches],
        ["Links", network.status.links],
        ["Hosts", network.status.hosts],
        ["Token may", network.status.may_write ? "read and write" : "read"]
      ]),
    down.length
      ? [
          h("h3", {}, "Links that are down"),
          h(
            "ul",
            {},
            down.map((link) => h("li", {}, h("span", {class: "failed"}, linkName(link))))
          )
        ]
      : null,
    h("p", {class: "dim"}, "Choose a switch, a host or a link, in the graph or in the list.")
  );
}

export function updateDetails() {
  if ($("details").hidden) return;
  if (chosen && !chosen.map.has(chosen.key)) choose(null);
  update();
}

// "s:DATAPATH", "h:MAC/VLAN", "l:ENDS"; null: nothing.
export function choose(id) {
  for (const each of charts) each.close();
  charts = [];
  const [show, map] = SHOW[id?.[0]] || [];
  chosen = show && map.has(id.slice(2)) ? {id, key: id.slice(2), map} : null;
  update = chosen ? show() : showNone;
  updateDetails();
}

export const chosenSwitch = () => (chosen?.id.startsWith("s:") ? chosen.key : null);
export const paintCharts = () => charts.forEach((each) => each.paint());

// Ports of the switch that is shown, with their counters.
export async function readPorts(datapath) {
  const answer = await get("/switches/" + datapath);
  takePorts(datapath, answer.ports, Date.now());
}

// actions: open(id), trace({from, to}).
export function startDetails(actions) {
  go = actions;
  choose(null);
}
