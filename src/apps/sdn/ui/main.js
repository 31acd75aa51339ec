// main: the page of wadi-sdn: reads what the controller says, again and again, and hands it to the parts.

import * as api from "./api.js";
import {choose, chosenSwitch, paintCharts, readPorts, startDetails, updateDetails} from "./details.js";
import {$, store, stored, tabs} from "./dom.js";
import {
  arrangeGraph,
  drawGraph,
  positionInGraph,
  resizeGraph,
  selectInGraph,
  startGraph,
  styleGraph,
  whereInGraph
} from "./graph.js";
import {readIntents, startIntents} from "./intents.js";
import {drawList} from "./list.js";
import {eventsLost, eventsSeen, lastEvent, startLog, takeEvents} from "./log.js";
import {forgetGone, linkIsDown, network, portChanged, takeHosts, takeLinks, takeSwitches} from "./network.js";
import {pickHost, retrace, startPath, traceHosts, updateHosts} from "./path.js";

const HOSTS_MAX = 5000,
  ROWS_MAX = 5000,
  PORTS_OF = 64; // switches whose ports are all read
const RETRY_MS = 3000,
  STREAM_RETRY_MS = 10000,
  SOON_MS = 250;
const TOPOLOGY = new Set([
  "up",
  "serving",
  "down",
  "fault",
  "port_up",
  "port_down",
  "link_up",
  "link_down",
  "link_one_way",
  "port_looped"
]);
const THEME = "wadi-sdn.theme",
  THEMES = ["system", "light", "dark"];
let streaming = false,
  streamAt = 0,
  signedIn = false,
  since = null,
  choosePart;
let round = 0,
  timer,
  reading = false,
  again = false;
let changed = false,
  portsDue = new Set(); // what events have said since the last round

function say(link, kind) {
  if ($("link").textContent === link) return;
  $("link").textContent = link;
  $("link").className = "badge " + kind;
}

function notice(text) {
  if ($("notice").textContent !== text) $("notice").textContent = text;
  $("notice").hidden = !text;
}

function summary() {
  const down = [...network.links.values()].filter(linkIsDown).length,
    lost = [...network.switches.values()].filter((row) => row.gone).length;
  const words = [
    [network.switches.size, "switch", "es"],
    [network.links.size, "link", "s"],
    [network.hosts.size < HOSTS_MAX ? network.hosts.size : network.status.hosts, "host", "s"]
  ]
    .map(([n, name, end]) => `${n} ${name}${n === 1 ? "" : end}`)
    .join(", ");
  const bad = [lost && `${lost} switch${lost > 1 ? "es" : ""} lost`, down && `${down} link${down > 1 ? "s" : ""} down`]
    .filter(Boolean)
    .join(", ");
  const text = bad ? `${words} – ${bad}` : words;
  if ($("summary").textContent !== text) $("summary").textContent = text;
  $("summary").classList.toggle("failed", Boolean(bad));
  document.title = bad ? `(!) ${network.status.name}` : network.status.name;
}

function draw() {
  drawGraph();
  drawList(open);
  updateDetails();
  summary();
}

// The ports of switches that are new or have changed, and of the one that is shown.
async function readPortsDue(all) {
  const shown = chosenSwitch(),
    few = [...network.switches.values()].filter((row) => !row.gone).slice(0, PORTS_OF);
  const due = new Set([
    ...portsDue,
    ...(all ? few.map((row) => row.datapath) : few.filter((row) => !network.ports.has(row.datapath)).map((row) => row.datapath)),
    ...(shown ? [shown] : [])
  ]);
  portsDue = new Set();
  for (const datapath of due) {
    if (!network.switches.has(datapath) || network.switches.get(datapath).gone) continue;
    try {
      await readPorts(datapath);
    } catch (fault) {
      if (!(fault instanceof api.Refused) || fault.status === 401) throw fault; // it has just left
    }
  }
}

async function read() {
  const first = round === 0;
  const whole = first || changed;
  changed = false;
  network.status = await api.get("/status");
  const now = Date.now();
  takeSwitches(await api.list("switches", ROWS_MAX), now);
  takeLinks(await api.list("links", ROWS_MAX), now);
  if (whole || round % 3 === 0) takeHosts(await api.list("hosts", HOSTS_MAX));
  await readPortsDue(round % 10 === 0);
  if (!streaming) await readEvents(!first);
  if (whole) updateHosts();
  draw();
  if (whole) retrace();
  round++;
}

async function readEvents(isNew) {
  const answer = await api.get(`/events?limit=200${lastEvent() ? "&after=" + lastEvent() : ""}`);
  if (isNew && answer.lost) eventsLost(answer.lost);
  takeEvents(answer.events, isNew);
  if (isNew && answer.events.some((event) => TOPOLOGY.has(event.kind))) changed = again = true;
}

function failed(fault) {
  if (fault instanceof api.Refused && fault.status === 401) return refused(fault.message);
  since ??= new Date();
  say("no connection", "failed");
  document.body.classList.add("stale");
  notice(`${fault.message} What is shown is of ${since.toLocaleTimeString("en-GB")}. Trying again.`);
}

async function oneRound() {
  try {
    if (!document.hidden || !network.status) await read();
    since = null;
    document.body.classList.remove("stale");
    notice("");
    say(streaming ? "live" : "polling", streaming ? "ok" : "warning");
    startStream();
    return Math.max(1, network.status.poll_s) * 1000;
  } catch (fault) {
    if (!(fault instanceof api.Refused || fault instanceof api.Unreachable)) console.error(fault);
    failed(fault);
    return RETRY_MS;
  }
}

// One round after another; what happens meanwhile brings the next one forward.
async function rounds() {
  clearTimeout(timer);
  again = true;
  if (!signedIn || reading) return;
  reading = true;
  again = false;
  const next = await oneRound();
  reading = false;
  if (signedIn) timer = setTimeout(rounds, again ? SOON_MS : next);
}

function soon() {
  changed = true;
  clearTimeout(timer);
  timer = setTimeout(rounds, SOON_MS);
}

function takeEvent(name, data) {
  if (name === "lost") {
    eventsLost(data.lost);
    soon();
    return;
  }
  takeEvents([data], true);
  if (!TOPOLOGY.has(data.kind)) return;
  if (data.datapath) portsDue.add(data.datapath);
  if (data.kind === "port_down" || data.kind === "port_up") {
    portChanged(data.datapath, data.port, data.kind === "port_up" ? "up" : "down");
    draw();
  }
  soon();
}

async function startStream() {
  if (streaming || Date.now() < streamAt || !signedIn) return;
  streamAt = Date.now() + STREAM_RETRY_MS;
  try {
    await api.stream(
      lastEvent(),
      () => {
        streaming = true;
        say("live", "ok");
      },
      takeEvent
    );
  } catch (fault) {
    if (streaming) streamAt = 0; // it had worked: at once again, after the next answer
    streaming = false;
    if (signedIn) soon();
    if (!(fault instanceof api.Refused || fault instanceof api.Unreachable)) console.error(fault);
  }
}

// token

function askForToken(why) {
  signedIn = false;
  clearTimeout(timer);
  $("sign-out").hidden = true;
  $("token-why").textContent = why;
  say("no token", "warning");
  if (!$("token-box").open) $("token-box").showModal();
  $("token").focus();
}

function refused(why) {
  api.token.forget();
  askForToken(why);
}

function signIn() {
  signedIn = true;
  $("sign-out").hidden = false;
  say("connecting", "warning");
  rounds();
}

function startToken() {
  $("token-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const value = $("token").value.trim();
    if (!api.isToken(value)) {
      $("token-why").textContent = "This cannot be a token: it has blanks, or letters that are not ASCII.";
      return;
    }
    api.token.set(value);
    $("token").value = "";
    $("token-box").close();
    signIn();
  });
  $("token-box").addEventListener("cancel", (event) => event.preventDefault());
  $("sign-out").addEventListener("click", () => {
    api.token.forget();
    location.reload();
  });
  if (api.token.get()) signIn();
  else askForToken("The controller answers those who have its token.");
}

// choices

function open(id) {
  if (id.startsWith("h:") && !$("path").hidden) {
    selectInGraph(id);
    pickHost(id.slice(2));
    return;
  }
  choosePart("part-details");
  choose(id);
  selectInGraph(id);
  if (id.startsWith("s:")) {
    portsDue.add(id.slice(2));
    clearTimeout(timer);
    timer = setTimeout(rounds);
  }
  if (matchMedia("(max-width: 860px)").matches) $("panel").scrollIntoView({block: "start"});
}

function startTheme() {
  const root = document.documentElement,
    paint = () => {
      styleGraph();
      paintCharts();
    };
  const set = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    $("theme").textContent = {system: "Auto", light: "Light", dark: "Dark"}[theme];
    $("theme").setAttribute("aria-label", `Colours: ${$("theme").textContent}`);
    paint();
  };
  let theme = THEMES.includes(stored(THEME)) ? stored(THEME) : "system";
  set(theme);
  $("theme").addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    store(THEME, theme);
    set(theme);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}

function start() {
  const actions = {
    open,
    trace: (ends) => {
      choosePart("part-path");
      traceHosts(ends);
    }
  };
  startGraph(open);
  startPath(actions);
  startIntents();
  startLog(actions);
  startDetails(actions);
  choosePart = tabs($("parts"), (id) => {
    if (id === "part-events") eventsSeen();
    if (id === "part-intents" && signedIn) readIntents();
    if (id === "part-details") updateDetails();
  });
  tabs($("views"), (id) => (id === "view-list" ? drawList(open) : resizeGraph()));
  $("arrange").addEventListener("click", () => {
    forgetGone();
    arrangeGraph();
    drawList(open);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && signedIn) rounds();
  });
  startTheme();
  startToken();
  window.wadi = {positionInGraph, whereInGraph};
}

start();
