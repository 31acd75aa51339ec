// network: what is known of switches, links and hosts, merged out of the answers of the controller. What it lists no
// more stays as gone, so that the page shows a loss instead of a smaller picture.

import {short} from "./dom.js";

const HISTORY = 180; // points of a chart
const IDLE_BPS = 5000; // probes and requests for addresses are not load
export const LOCAL = 4294967294; // the switch's own port
export const HOSTS_DRAWN = 400;

export const network = {
  status: null,
  switches: new Map(), // by datapath: the row, `gone`
  links: new Map(), // by ends: the link, `gone`
  hosts: new Map(), // by MAC address and VLAN: {mac, vlan, name, addresses, silent_s, places: [{datapath, port}]}
  ports: new Map(), // by datapath: ports, as they were read last
  history: new Map() // by name: {at: [], values: [[], []]}
};

export const portName = (number) => (number === LOCAL || number === 65534 ? "local" : String(number));

// 00000000000000a1 as 0xa1; long ones by their end.
export function datapathName(datapath) {
  const digits = datapath.replace(/^0+/, "") || "0";
  return digits.length <= 6 ? "0x" + digits : "…" + digits.slice(-6);
}

export const switchName = (datapath) => network.switches.get(datapath)?.name || datapathName(datapath);
export const hostName = (host) =>
  host.name || host.addresses.find((address) => !address.includes(":")) || host.addresses[0] || host.mac;
export const hostKey = (host) => `${host.mac}/${host.vlan}`;
// What a path is asked by: the MAC address is unambiguous, the others are what one knows.
export const hostWords = (host) => [...new Set([hostName(host), ...host.addresses, host.mac])];

const end = (of) => `${of.datapath}:${of.port}`;
export const linkKey = (link) => [end(link.a), end(link.b)].sort().join("~");
export const linkName = (link) =>
  `${switchName(link.a.datapath)} port ${portName(link.a.port)} – ${switchName(link.b.datapath)} port ${portName(link.b.port)}`;

export function remember(name, at, ...values) {
  let of = network.history.get(name);
  if (!of || of.values.length !== values.length) network.history.set(name, (of = {at: [], values: values.map(() => [])}));
  of.at.push(at);
  values.forEach((value, i) => of.values[i].push(value));
  if (of.at.length > HISTORY) for (const column of [of.at, ...of.values]) column.shift();
}

// Rows that are listed replace what was known; those that are not are gone.
function merge(map, rows, key) {
  const listed = new Set();
  for (const row of rows) {
    listed.add(key(row));
    map.set(key(row), {...row, gone: false});
  }
  for (const [name, row] of map) if (!listed.has(name)) row.gone = true;
}

export function takeSwitches(rows, now) {
  const before = new Map([...network.switches].map(([key, row]) => [key, {...row}]));
  merge(network.switches, rows, (row) => row.datapath);
  for (const row of rows) {
    const last = before.get(row.datapath),
      at = now / 1000,
      seconds = last?.seen ? at - last.seen : 0;
    network.switches.get(row.datapath).seen = at;
    if (seconds > 0 && row.connected_s >= last.connected_s)
      remember("control " + row.datapath, at, row.packet_ins_per_s, (row.flow_mods - last.flow_mods) / seconds);
    remember("flows " + row.datapath, at, row.flows);
  }
}

export function takeLinks(rows, now) {
  merge(network.links, rows, linkKey);
  const used = new Set(rows.flatMap((link) => [end(link.a), end(link.b)]));
  for (const [key, link] of network.links) {
    if (link.gone && (used.has(end(link.a)) || used.has(end(link.b))))
      network.links.delete(key); // a cable has moved
    else if (!link.gone) remember("link " + key, now / 1000, link.a_to_b_bps, link.b_to_a_bps);
  }
}

export function takeHosts(rows) {
  network.hosts.clear();
  for (const row of rows) {
    const of = network.hosts.get(hostKey(row)),
      place = {datapath: row.datapath, port: row.port};
    if (of) of.places.push(place);
    else network.hosts.set(hostKey(row), {...row, places: [place]});
  }
}

export function takePorts(datapath, ports, now) {
  network.ports.set(datapath, ports);
  const sum = (name) => (ports.some((port) => port.rates) ? ports.reduce((n, port) => n + (port.rates?.[name] || 0), 0) : null);
  remember("traffic " + datapath, now / 1000, sum("rx_bps"), sum("tx_bps"));
  for (const port of ports)
    remember(`traffic ${datapath}:${port.port}`, now / 1000, port.rates?.rx_bps ?? null, port.rates?.tx_bps ?? null);
}

// An event says it before the next answer does.
export function portChanged(datapath, number, link) {
  for (const port of network.ports.get(datapath) || []) if (port.port === number) port.link = link;
}

export const portsDown = (datapath) =>
  (network.ports.get(datapath) || []).filter((port) => port.link === "down" && port.port !== LOCAL && port.port !== 65534);
export const portIsDown = (place) => portsDown(place.datapath).some((port) => port.port === place.port);
export const linkIsDown = (link) => link.gone || link.state === "down" || portIsDown(link.a) || portIsDown(link.b);

export function forgetGone() {
  for (const map of [network.switches, network.links]) for (const [key, row] of map) if (row.gone) map.delete(key);
}

const busiest = (link) => Math.max(link.a_to_b_bps ?? 0, link.b_to_a_bps ?? 0);

// 0 idle, 1 to 4: up to 30, 60, 85 %, more; "down".
export function loadClass(link) {
  if (linkIsDown(link)) return "down";
  if (busiest(link) < IDLE_BPS) return 0;
  const part = link.capacity_bps ? busiest(link) / link.capacity_bps : 0;
  return 1 + [0.3, 0.6, 0.85].filter((bound) => part >= bound).length;
}

export function loadText(link) {
  if (link.gone) return "lost";
  if (linkIsDown(link)) return "down";
  if (link.a_to_b_bps === null && link.b_to_a_bps === null) return "up, load not measured yet";
  const part = link.capacity_bps
    ? ` of ${short(link.capacity_bps, "bit/s")} (${((100 * busiest(link)) / link.capacity_bps).toFixed(1)} %)`
    : "";
  return `up, ${short(busiest(link), "bit/s")}${part}`;
}
