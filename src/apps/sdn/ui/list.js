// list: the graph as tables, for those who do not see it or do not point.

import {$, badge, h, refresh, table} from "./dom.js";
import {hostKey, hostName, linkIsDown, linkKey, linkName, loadText, network, portName, portsDown, switchName} from "./network.js";

const HOSTS_SHOWN = 500;

export function drawList(open) {
  if ($("list-box").hidden) return;
  const to = (id, words) => h("button", {type: "button", class: "link", "data-key": "list " + id, onclick: () => open(id)}, words);
  const hosts = [...network.hosts.values()];
  refresh(
    $("list-box"),
    h("h3", {}, `Switches (${network.switches.size})`),
    table(
      "Switches",
      [
        ["Switch", (row) => to("s:" + row.datapath, switchName(row.datapath))],
        [
          "State",
          (row) => (row.gone ? badge("not connected", "failed") : badge(row.state, row.state === "serving" ? "ok" : "warning"))
        ],
        ["OpenFlow", (row) => row.version],
        ["Ports", (row) => row.ports, true],
        ["Down", (row) => portsDown(row.datapath).length, true],
        ["Flows", (row) => row.flows, true]
      ],
      [...network.switches.values()],
      "No switch is connected."
    ),
    h("h3", {}, `Links (${network.links.size})`),
    table(
      "Links",
      [
        ["Link", (link) => to("l:" + linkKey(link), linkName(link))],
        ["State", (link) => badge(linkIsDown(link) ? (link.gone ? "lost" : "down") : "up", linkIsDown(link) ? "failed" : "ok")],
        ["Load", loadText]
      ],
      [...network.links.values()],
      "No links are known."
    ),
    h("h3", {}, `Hosts (${hosts.length}${hosts.length > HOSTS_SHOWN ? `, the first ${HOSTS_SHOWN}` : ""})`),
    table(
      "Hosts",
      [
        ["Host", (host) => to("h:" + hostKey(host), hostName(host))],
        ["MAC address", (host) => h("span", {class: "mono"}, host.mac)],
        ["VLAN", (host) => (host.vlan ? String(host.vlan) : "–"), true],
        ["At", (host) => host.places.map((at) => `${switchName(at.datapath)} port ${portName(at.port)}`).join(", ")]
      ],
      hosts.slice(0, HOSTS_SHOWN),
      "No hosts are known."
    )
  );
}
