// The live page: /events has an object of the replies that wadi-ctl gets, each second; here they become
// tables, and differences between two of them rates.
"use strict";

const HISTORY = 120; // seconds
const $ = (id) => document.getElementById(id);
const all = {};      // the newest reply of each command
let before = null;   // stats and drops of the event before, with its time
const lines = {};    // of each tile, its last rates
const heat = [];     // of each second, how many packets are in each class
let classes = [];

function text(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return value.toLocaleString("en");
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(" ") : String(value);
}

function short(n) {
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]])
    if (n >= size) return (n / size).toPrecision(3) + " " + unit;
  return n >= 100 || Number.isInteger(n) ? Math.round(n).toString() : n.toPrecision(2);
}

function cell(row, value, kind) {
  const td = row.appendChild(document.createElement(kind || "td"));
  if (value instanceof Node) td.append(value);
  else td.textContent = text(value);
  if (typeof value === "number") td.className = "number";
  return td;
}

// Columns: [heading, function of a row, whether its heading is that of numbers].
function table(id, columns, rows, none) {
  const to = $(id);
  to.replaceChildren();
  if (!rows.length && none) { to.insertRow().insertCell().textContent = none; return; }
  const head = to.createTHead().insertRow();
  for (const [name, , number] of columns) cell(head, name, "th").className = number ? "number" : "";
  const body = to.createTBody();
  for (const row of rows) {
    const tr = body.insertRow();
    for (const [, value] of columns) cell(tr, value(row));
  }
}

function state(value) {
  const span = document.createElement("span");
  span.className = value;
  span.textContent = value;
  return span;
}

function fill(used, of) {
  const bar = document.createElement("progress");
  bar.max = of || 1;
  bar.value = used;
  bar.title = `${used} of ${of}`;
  return bar;
}

const sum = (rows, column) => (rows || []).reduce((n, row) => n + (row[column] || 0), 0);

// Totals whose rates are shown.
function totals(now) {
  const stats = now.stats, of = {
    "packets in": sum(stats.workers, "rx_pkts"), "packets out": sum(stats.workers, "tx_pkts"),
    "bits in": 8 * sum(stats.workers, "rx_bytes"), "bits out": 8 * sum(stats.workers, "tx_bytes"),
    "drops": sum(now.drops.drops, "count"), "connections": sum(stats.tcp, "opened"),
  };
  if (stats.dns) Object.assign(of, { "queries": sum(stats.dns, "queries"), "replies": sum(stats.dns, "replies") });
  return of;
}

function spark(canvas, values) {
  const context = canvas.getContext("2d"), max = Math.max(...values, 1e-9);
  canvas.width = canvas.clientWidth * devicePixelRatio;
  canvas.height = canvas.clientHeight * devicePixelRatio;
  const step = canvas.width / (HISTORY - 1);
  context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  context.lineWidth = 1.5 * devicePixelRatio;
  context.beginPath();
  values.forEach((value, i) => context.lineTo((HISTORY - values.length + i) * step, canvas.height - 2 - value / max * (canvas.height - 4)));
  context.stroke();
}

function tile(name, rate) {
  let box = $("rate-" + name);
  if (!box) {
    box = $("rates").appendChild(document.createElement("div"));
    box.id = "rate-" + name;
    box.className = "tile";
    box.append(document.createElement("b"), document.createElement("span"), document.createElement("canvas"));
    box.children[1].textContent = name + "/s";
    lines[name] = [];
  }
  lines[name].push(rate);
  lines[name].splice(0, lines[name].length - HISTORY);
  box.children[0].textContent = short(rate);
  spark(box.children[2], lines[name]);
}

function rates(now) {
  const of = totals(now);
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  const last = before ? totals(before) : of;
  for (const name in of) tile(name, seconds ? Math.max(0, of[name] - last[name]) / seconds : 0);
}

// Classes of latency in rows, seconds in columns, darker where more packets are.
function drawHeat() {
  const canvas = $("heat"), context = canvas.getContext("2d"), ratio = devicePixelRatio;
  const style = getComputedStyle(document.documentElement);
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  const left = 52 * ratio, high = canvas.height / classes.length, wide = (canvas.width - left) / HISTORY;
  const max = Math.max(1, ...heat.flat());
  context.font = `${Math.min(10 * ratio, high)}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  classes.forEach((name, i) => {
    const y = canvas.height - (i + 1) * high;
    context.globalAlpha = 1;
    context.fillStyle = style.getPropertyValue("--dim");
    if (i % 2 === 0) context.fillText(name, 0, y + high / 2);
    context.fillStyle = style.getPropertyValue("--line");
    context.fillRect(left, y, canvas.width - left, Math.max(1, high - 1));
    context.fillStyle = style.getPropertyValue("--accent");
    heat.forEach((counts, k) => {
      if (!counts[i]) return;
      context.globalAlpha = .15 + .85 * Math.log1p(counts[i]) / Math.log1p(max);
      context.fillRect(left + (HISTORY - heat.length + k) * wide, y, Math.max(1, wide - .5), Math.max(1, high - 1));
    });
  });
}

function quantile(counts, part) {
  const total = counts.reduce((a, b) => a + b, 0);
  let seen = 0;
  for (let i = 0; i < counts.length; i++) {
    seen += counts[i];
    if (total && seen >= part * total) return (i + 1 === counts.length ? "" : "≤ ") + classes[i];
  }
  return "–";
}

function latency(now) {
  classes = now.stats.latency.map((row) => row.within);
  if (before) {
    heat.push(now.stats.latency.map((row, i) => Math.max(0, row.count - before.stats.latency[i].count)));
    heat.splice(0, heat.length - HISTORY);
  }
  drawHeat();
  const counts = classes.map((_, i) => heat.reduce((n, second) => n + second[i], 0));
  $("quantiles").textContent = [50, 90, 99, 99.9].map((p) => `${p} %: ${quantile(counts, p / 100)}`).join(" · ");
}

function drops(now) {
  const last = {};
  if (before) for (const row of before.drops.drops) last[row.name] = row.count;
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  const rows = now.drops.drops.filter((row) => row.count).sort((a, b) => b.count - a.count);
  table("drops", [["reason", (row) => row.name], ["count", (row) => row.count, true],
    ["/s", (row) => seconds ? Math.round((row.count - (last[row.name] || 0)) / seconds) : 0, true], ["", (row) => row.help]],
  rows, "none so far");
}

function ports(now) {
  table("ports", [["port", (row) => row.name], ["device", (row) => row.device], ["state", (row) => state(row.link_up ? "ok" : "failed")],
    ["missed", (row) => row.rx_missed, true], ["pages used", (row) => fill(row.pages - row.pages_free, row.pages)],
    ["free", (row) => row.pages_free, true]], now.ports.ports);
}

// Tables of a service's own, as wadi-ctl lists them.
function others(stats) {
  const known = ["appliance", "workers", "tcp", "latency", "stages"];
  for (const name in stats) {
    const rows = stats[name];
    if (known.includes(name) || !rows.length) continue;
    if (!$("own-" + name)) {
      const box = $("more").appendChild(document.createElement("section"));
      box.append(document.createElement("h2"), document.createElement("table"));
      box.children[0].textContent = name.replaceAll("_", " ");
      box.children[1].id = "own-" + name;
    }
    const shown = "count" in rows[0] ? rows.filter((row) => row.count) : rows;
    if (rows.length === 1) pairs("own-" + name, rows[0]);
    else table("own-" + name, Object.keys(rows[0]).map((key) => [key, (row) => row[key], typeof rows[0][key] === "number"]), shown, "none so far");
  }
}

function pairs(id, row) {
  table(id, [["", (pair) => pair[0].replaceAll("_", " ")], ["count", (pair) => pair[1], true]],
    Object.entries(row).filter(([key]) => key !== "help"));
}

function header() {
  const of = all.status, hours = Math.floor(of.uptime_s / 3600);
  $("name").textContent = document.title = of.name;
  $("about").textContent = `${of.version}, ${of.workers} worker${of.workers === 1 ? "" : "s"}, up ` +
    `${hours >= 48 ? Math.floor(hours / 24) + " days" : hours ? hours + " h" : ""} ${hours >= 48 ? "" : Math.floor(of.uptime_s / 60) % 60 + " min"}`;
  if (all.health) {
    $("state").textContent = all.health.state;
    $("state").className = "badge " + all.health.state;
  }
}

function show(now) {
  now.at = performance.now();
  Object.assign(all, now);
  header();
  rates(now);
  latency(now);
  drops(now);
  ports(now);
  table("stages", [["stage", (row) => row.stage], ["packets", (row) => row.pkts, true],
    ["cycles each", (row) => row.cycles_per_pkt ?? 0, true]], now.stats.stages.filter((row) => row.pkts));
  table("workers", [["worker", (row) => row.worker, true], ["in", (row) => row.rx_pkts, true], ["out", (row) => row.tx_pkts, true],
    ["turns with work", (row) => row.busy_loops, true], ["waits", (row) => row.sleeps, true]], now.stats.workers);
  pairs("tcp", now.stats.tcp[0]);
  others(now.stats);
  if (now.health)
    table("health", [["check", (row) => row.check], ["", (row) => state(row.state)], ["", (row) => row.detail]], now.health.checks);
  if (now.zones) {
    const rows = now.zones.zones || [];
    $("zones-box").hidden = false;
    if (rows.length)
      table("zones", Object.keys(rows[0]).filter((key) => typeof rows[0][key] !== "object").slice(0, 6)
        .map((key) => [key.replaceAll("_", " "), (row) => row[key], typeof rows[0][key] === "number"]), rows.slice(0, 100));
  }
  before = now;
}

const events = new EventSource("/events");
events.onopen = () => { $("link").textContent = "live"; $("link").className = "badge ok"; };
events.onerror = () => { $("link").textContent = "no connection"; $("link").className = "badge failed"; before = null; };
events.onmessage = (event) => show(JSON.parse(event.data));
addEventListener("resize", () => { if (classes.length) drawHeat(); });
