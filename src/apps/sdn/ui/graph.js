// graph: the picture of the network, by Cytoscape.js: switches and hosts that one drags, or reaches with keys; links in the
// colours of their load; the traced path. Where the operator has put something is kept in the browser.

import {$, store, stored, text} from "./dom.js";
import {
  HOSTS_DRAWN,
  hostKey,
  hostName,
  linkKey,
  linkIsDown,
  loadClass,
  loadText,
  network,
  portIsDown,
  portName,
  portsDown,
  switchName
} from "./network.js";

const PLACES = "wadi-sdn.places",
  PLACES_MAX = 4000,
  CIRCLE_MAX = 24,
  FORCES_MAX = 200,
  STEP = 24;
let cy,
  opened,
  cursor = null,
  fitted = true;
let places = read();

function read() {
  try {
    return JSON.parse(stored(PLACES)) || {};
  } catch {
    return {};
  }
}

function keep() {
  cy.nodes().forEach((node) => {
    const {x, y} = node.position();
    places[node.id()] = [Math.round(x), Math.round(y)];
  });
  const names = Object.keys(places);
  for (const name of names.slice(0, Math.max(0, names.length - PLACES_MAX))) delete places[name];
  store(PLACES, JSON.stringify(places));
}

const color = (name) =>
  getComputedStyle(document.documentElement)
    .getPropertyValue("--" + name)
    .trim();

function style() {
  const font = {"font-family": "system-ui, sans-serif", color: color("text"), "min-zoomed-font-size": 5};
  return [
    {selector: "node", style: {...font, "overlay-opacity": 0, "text-wrap": "ellipsis", "text-max-width": 120, "font-size": 13}},
    {
      selector: ".switch",
      style: {
        shape: "round-rectangle",
        width: 104,
        height: 44,
        label: "data(label)",
        "text-valign": "center",
        "text-halign": "center",
        "text-wrap": "wrap",
        "text-max-width": 102,
        "font-weight": 600,
        "background-color": color("soft"),
        "border-width": 2,
        "border-color": color("accent"),
        "line-height": 1.15
      }
    },
    {
      selector: ".host",
      style: {
        shape: "ellipse",
        width: 20,
        height: 20,
        label: "data(label)",
        "text-valign": "bottom",
        "text-margin-y": 4,
        "font-size": 12,
        "text-background-color": color("card"),
        "text-background-opacity": 0.85,
        "text-background-padding": 1,
        "text-background-shape": "round-rectangle",
        "background-color": color("host"),
        "border-width": 3,
        "border-color": color("card")
      }
    },
    {
      selector: "edge",
      style: {
        ...font,
        width: 2,
        "curve-style": "bezier",
        "line-color": color("load-0"),
        "overlay-opacity": 0,
        "font-size": 10,
        color: color("dim"),
        "text-background-color": color("card"),
        "text-background-opacity": 1,
        "text-background-padding": 2,
        "text-background-shape": "round-rectangle"
      }
    },
    {
      selector: ".link",
      style: {
        width: 4,
        "source-label": "data(from)",
        "target-label": "data(to)",
        "source-text-offset": 15,
        "target-text-offset": 15
      }
    },
    ...[0, 1, 2, 3, 4].map((n) => ({selector: ".load-" + n, style: {"line-color": color("load-" + n), width: 4 + n}})),
    {
      selector: ".down",
      style: {
        "line-color": color("load-4"),
        "line-style": "dashed",
        "line-dash-pattern": [7, 5],
        width: 3,
        label: "down",
        color: color("failed"),
        "font-size": 11,
        "font-weight": 600
      }
    },
    {
      selector: ".switch.gone",
      style: {
        "background-color": color("failed-soft"),
        "border-color": color("failed"),
        "border-style": "dashed",
        color: color("failed")
      }
    },
    {selector: ".switch.hurt", style: {"border-color": color("failed"), "font-size": 12}},
    {selector: ".path", style: {"line-color": color("path"), "border-color": color("path"), width: 7, "z-index": 9}},
    {selector: "node.switch.path", style: {width: 104, "border-width": 4}},
    {selector: "node.host.path", style: {width: 24, height: 24, "background-color": color("path")}},
    {selector: "node:selected", style: {"underlay-color": color("accent"), "underlay-opacity": 0.3, "underlay-padding": 8}},
    {selector: "edge:selected", style: {"underlay-color": color("accent"), "underlay-opacity": 0.3, "underlay-padding": 6}},
    {selector: ".cursor", style: {"outline-width": 3, "outline-color": color("accent"), "outline-offset": 4}}
  ];
}

function label(row) {
  const down = portsDown(row.datapath).length;
  return text(switchName(row.datapath)) + (row.gone ? "\nnot connected" : down ? `\n${down} port${down > 1 ? "s" : ""} down` : "");
}

// What is to be drawn, as elements of Cytoscape with their classes.
function elements() {
  const all = new Map();
  for (const [datapath, row] of network.switches)
    all.set("s:" + datapath, {
      data: {id: "s:" + datapath, label: label(row)},
      classes: ["switch", row.gone && "gone", portsDown(datapath).length && "hurt"]
    });
  for (const [key, link] of network.links) {
    const source = "s:" + link.a.datapath,
      target = "s:" + link.b.datapath,
      down = linkIsDown(link);
    if (all.has(source) && all.has(target))
      all.set("l:" + key, {
        data: {id: "l:" + key, source, target, from: portName(link.a.port), to: portName(link.b.port)},
        classes: ["link", down ? "down" : "load-" + loadClass(link)]
      });
  }
  for (const host of [...network.hosts.values()].slice(0, HOSTS_DRAWN)) {
    const id = "h:" + hostKey(host);
    all.set(id, {data: {id, label: text(hostName(host))}, classes: ["host"]});
    for (const place of host.places.slice(0, 4))
      if (all.has("s:" + place.datapath))
        all.set(`p:${id}@${place.datapath}`, {
          data: {id: `p:${id}@${place.datapath}`, source: id, target: "s:" + place.datapath},
          classes: ["place", portIsDown(place) && "down"]
        });
  }
  return all;
}

// Switches in the order of a walk along their links: a ring becomes a circle without crossings.
function walk(nodes) {
  const order = [],
    seen = new Set(),
    visit = (node) => {
      if (seen.has(node.id())) return;
      seen.add(node.id());
      order.push(node);
      node
        .neighborhood("node.switch")
        .sort((a, b) => (a.id() < b.id() ? -1 : 1))
        .forEach(visit);
    };
  nodes.sort((a, b) => (a.id() < b.id() ? -1 : 1)).forEach(visit);
  return order;
}

function placeSwitches(fresh) {
  const all = cy.nodes(".switch"),
    placed = all.difference(fresh);
  if (!placed.length && all.length > CIRCLE_MAX) {
    const forces = {name: "cose", randomize: true, nodeRepulsion: () => 60000, idealEdgeLength: () => 90};
    const layout = all.length > FORCES_MAX ? {name: "grid", condense: true} : forces;
    all
      .union(cy.edges(".link"))
      .layout({...layout, animate: false, fit: false})
      .run();
    return;
  }
  if (!placed.length) {
    const order = walk(all),
      n = order.length,
      radius = n === 1 ? 0 : Math.max(110, n * 34);
    order.forEach((node, i) =>
      node.position({x: radius * Math.sin((2 * Math.PI * i) / n), y: -radius * Math.cos((2 * Math.PI * i) / n)})
    );
    return;
  }
  const box = placed.boundingBox();
  fresh.forEach((node, i) => node.position({x: box.x2 + 110, y: box.y1 + 80 * i}));
}

// Around their switch, away from the middle of the picture.
function placeHosts(fresh) {
  const switches = cy.nodes(".switch"),
    middle = {x: 0, y: 0};
  switches.forEach((node) => {
    middle.x += node.position("x") / switches.length;
    middle.y += node.position("y") / switches.length;
  });
  for (const at of switches.toArray()) {
    const own = fresh.filter((node) => node.outgoers("node.switch").first().id() === at.id());
    const {x, y} = at.position(),
      out = Math.hypot(x - middle.x, y - middle.y) < 1 ? Math.PI / 2 : Math.atan2(y - middle.y, x - middle.x);
    const taken = at.incomers("node.host").length - own.length;
    own.toArray().forEach((node, i) => {
      const number = i + taken,
        ring = Math.floor(number / 9),
        turn = (((number % 9) + 1) >> 1) * (number % 2 ? 1 : -1) * 0.5;
      node.position({x: x + (105 + 55 * ring) * Math.cos(out + turn), y: y + (95 + 55 * ring) * Math.sin(out + turn)});
    });
  }
}

function place(fresh) {
  const known = fresh.filter((node) => places[node.id()]),
    rest = fresh.difference(known);
  known.forEach((node) => node.position({x: places[node.id()][0], y: places[node.id()][1]}));
  const switches = rest.filter(".switch");
  if (switches.length) placeSwitches(switches);
  placeHosts(rest.filter(".host"));
}

function fit() {
  fitted = true;
  cy.fit(undefined, 34);
  if (cy.zoom() > 1.35) {
    cy.zoom(1.35);
    cy.center();
  }
}

// Brings elements to what is wanted, and returns nodes that are new.
function bring(wanted) {
  let nodes = cy.collection();
  cy.batch(() => {
    cy.elements()
      .filter(
        (element) =>
          !wanted.has(element.id()) || (element.isEdge() && element.data("source") !== wanted.get(element.id()).data.source)
      )
      .remove();
    const fresh = [];
    for (const [id, {data, classes}] of wanted) {
      const element = cy.getElementById(id),
        keepers = ["path", "cursor"].filter((name) => element.hasClass(name));
      const names = [...classes.filter(Boolean), ...keepers].join(" ");
      if (element.nonempty()) element.data(data).classes(names);
      else fresh.push({group: data.source ? "edges" : "nodes", data, classes: names});
    }
    // Edges need their nodes.
    nodes = cy.add(fresh.filter((element) => element.group === "nodes"));
    cy.add(fresh.filter((element) => element.group === "edges"));
  });
  return nodes;
}

export function drawGraph() {
  const fresh = bring(elements());
  if (fresh.length) {
    place(fresh);
    if (fitted) fit();
  }
  const none = !network.switches.size;
  $("graph-empty").classList.toggle("many", !none);
  $("graph-empty").hidden = !none && network.hosts.size <= HOSTS_DRAWN;
  $("graph-empty").textContent = none
    ? "No switch is connected yet. A switch of Open vSwitch connects with: ovs-vsctl set-controller BRIDGE tcp:ADDRESS:6653"
    : `${HOSTS_DRAWN} of ${network.hosts.size} hosts are drawn.`;
}

// Hops of a path, from the host with the key `from` to the one with the key `to`; no hops: none is shown.
export function drawPath(hops, from, to) {
  cy.batch(() => {
    cy.elements(".path").removeClass("path");
    hops.forEach((hop, i) => {
      cy.getElementById("s:" + hop.datapath).addClass("path");
      const next = hops[i + 1];
      if (next)
        for (const [key, link] of network.links)
          if (
            [
              [link.a, link.b],
              [link.b, link.a]
            ].some(([a, b]) => a.datapath === hop.datapath && a.port === hop.out_port && b.datapath === next.datapath)
          )
            cy.getElementById("l:" + key).addClass("path");
    });
    for (const [key, at] of [
      [from, hops[0]],
      [to, hops.at(-1)?.out_port === null ? null : hops.at(-1)]
    ])
      if (key && at)
        cy.getElementById("h:" + key)
          .union(cy.getElementById(`p:h:${key}@${at.datapath}`))
          .addClass("path");
  });
}

function describe(id) {
  const key = id.slice(2);
  if (id.startsWith("s:")) return `Switch ${cy.getElementById(id).data("label").replace("\n", ", ")}`;
  if (id.startsWith("l:")) return `Link, ${loadText(network.links.get(key))}`;
  const host = network.hosts.get(key);
  return `Host ${text(hostName(host))}, at ${host.places.map((at) => `switch ${switchName(at.datapath)} port ${portName(at.port)}`).join(", ")}`;
}

function setCursor(node) {
  cy.elements(".cursor").removeClass("cursor");
  cursor = node && node.nonempty() ? node : null;
  if (!cursor) return;
  cursor.addClass("cursor");
  const {x, y} = cursor.renderedPosition();
  if (x < 20 || y < 20 || x > cy.width() - 20 || y > cy.height() - 20) {
    cy.center(cursor);
    fitted = false;
  }
  $("graph-said").textContent = describe(cursor.id());
}

// The nearest node that lies more in this direction than aside.
function towards(dx, dy) {
  const from = cursor.position();
  let best = null,
    least = Infinity;
  cy.nodes().forEach((node) => {
    const x = node.position("x") - from.x,
      y = node.position("y") - from.y,
      ahead = x * dx + y * dy,
      aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (node.id() !== cursor.id() && ahead > 1 && ahead + 2 * aside < least) {
      least = ahead + 2 * aside;
      best = node;
    }
  });
  return best;
}

function zoom(by) {
  fitted = false;
  cy.zoom({level: cy.zoom() * by, renderedPosition: {x: cy.width() / 2, y: cy.height() / 2}});
}

const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function key(event) {
  const arrow = ARROWS[event.key];
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (cursor && cursor.removed()) cursor = null;
  if (arrow && !cursor) setCursor(cy.nodes(":selected").first().nonempty() ? cy.nodes(":selected").first() : cy.nodes().first());
  else if (arrow && event.shiftKey) {
    cursor.position({x: cursor.position("x") + STEP * arrow[0], y: cursor.position("y") + STEP * arrow[1]});
    keep();
  } else if (arrow) setCursor(towards(...arrow) || cursor);
  else if ((event.key === "Enter" || event.key === " ") && cursor) opened(cursor.id());
  else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "0") fit();
  else if (event.key === "Escape") setCursor(null);
  else return;
  event.preventDefault();
}

export function selectInGraph(id) {
  cy.elements(":selected").unselect();
  if (id) cy.getElementById(id).select();
}

export function styleGraph() {
  cy.style(style());
}

export function resizeGraph() {
  cy.resize();
  if (fitted) fit();
}

// open(id) is called with "s:DATAPATH", "h:MAC/VLAN" or "l:ENDS".
export function startGraph(open) {
  opened = open;
  cy = cytoscape({
    container: $("graph"),
    style: style(),
    minZoom: 0.08,
    maxZoom: 4,
    boxSelectionEnabled: false,
    selectionType: "single"
  });
  cy.on("tap", "node, edge.link", (event) => opened(event.target.id()));
  cy.on("tap", "edge.place", (event) => opened(event.target.source().id()));
  cy.on("dragfree", "node", keep);
  cy.on("dragpan scrollzoom pinchzoom", () => {
    fitted = false;
  });
  $("graph").addEventListener("keydown", key);
  $("graph").addEventListener("blur", () => cy.elements(".cursor").removeClass("cursor"));
  $("graph").addEventListener("focus", () => {
    if (cursor && !cursor.removed()) cursor.addClass("cursor");
  });
  $("zoom-in").addEventListener("click", () => zoom(1.25));
  $("zoom-out").addEventListener("click", () => zoom(0.8));
  $("fit").addEventListener("click", fit);
  new ResizeObserver(resizeGraph).observe($("graph"));
}

// Forgets where everything was put.
export function arrangeGraph() {
  places = {};
  store(PLACES, null);
  cy.elements().remove();
  cursor = null;
  fitted = true;
  drawGraph();
}

// For tests: where a node is on the screen, and in the picture.
export const whereInGraph = (id) => cy.getElementById(id).renderedPosition();
export const positionInGraph = (id) => {
  const {x, y} = cy.getElementById(id).position();
  return [Math.round(x), Math.round(y)];
};
