"""Uses the page of wadi-sdn in Chromium as an operator does, with a ring of three switches and a host at each, and
compares what it shows to what the REST interface says. Runs where the links between the switches are.

    sdn_page.py URL TOKEN_FILE HOSTILE_PORT FOLDER
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

from browser import KEYS, Browser

PAGE_BYTES = 300_000
PHONE, DESK = 390, 1280
SCALE = float(os.environ.get("WADI_TIME_SCALE", "1"))
SWITCH = "s:000000000000000"
STATE = """
const at = (id) => document.getElementById(id);
return {summary: at('summary').innerText, link: at('link').innerText, notice: at('notice').hidden ? '' : at('notice').innerText,
  asks: at('token-box').open, why: at('token-why').innerText, wide: document.documentElement.scrollWidth,
  details: at('details').innerText, title: document.querySelector('#details h2')?.innerText ?? '', log: at('log').innerText,
  said: at('graph-said').innerText, focus: document.activeElement.id, result: at('trace-result').innerText,
  hops: [...document.querySelectorAll('.hops li button')].map((hop) => hop.innerText),
  faults: at('intent-result').innerText, apply: !at('intent-apply').disabled};"""
ROWS = """
return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText.trim()));"""
BYTES = """
return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter((entry) => !entry.name.includes('/api/')).reduce((sum, entry) => sum + entry.transferSize, 0);"""
PLACE = """
const box = document.getElementById('graph').getBoundingClientRect(), at = wadi.whereInGraph(arguments[0]);
return [box.left + at.x, box.top + at.y];"""
HARM = """
return {pwned: 'pwned' in window, foreign: document.querySelectorAll('main img, main b:not(.hint b), script:not([src]), [style*=expression]').length};"""


class Page:
    def __init__(self, browser, url, token, folder):
        self.browser, self.url, self.token, self.folder = browser, url, token, folder
        self.now = {}

    def ask(self, path):
        asked = urllib.request.Request(f"{self.url}/api/v1{path}", headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def until(self, what, holds, seconds=30):
        """Looks until it holds; prints what does not, with what the page shows, and exits with 75 otherwise."""
        end = time.monotonic() + seconds * SCALE
        while True:
            self.now = self.browser.run(STATE)
            found = holds(self.now)
            if found:
                return found
            if time.monotonic() > end:
                self.picture("failed")
                print(f"{what}: {json.dumps(self.now, indent=1)}\n{self.browser.log()}")
                sys.exit(75)
            time.sleep(0.2)

    def rows(self, box):
        return self.browser.run(ROWS, box)

    def click(self, element):
        self.browser.run("document.getElementById(arguments[0]).click()", element)

    def fill(self, element, text):
        self.browser.run("const at = document.getElementById(arguments[0]); at.value = ''; at.focus();", element)
        self.browser.keys(*text)

    def place(self, node):
        return self.browser.run(PLACE, node)

    def picture(self, name):
        self.browser.picture(self.folder / f"sdn_page-{name}.png")


def is_ring(now):
    return now["summary"] == "3 switches, 3 links, 3 hosts" and now["link"] == "live"


def sign_in(page):
    page.browser.post("/url", {"url": page.url})
    page.until("no token is asked for", lambda now: now["asks"] and now["focus"] == "token")
    page.browser.keys(*"a-token-that-is-wrong", KEYS["enter"])
    page.until("a wrong token is not refused", lambda now: now["asks"] and now["why"] and "have its token" not in now["why"])
    page.browser.log()  # of the refusal
    page.browser.keys(*page.token, KEYS["enter"])
    page.until("the ring is not shown", is_ring)
    loaded = page.browser.run(BYTES)
    if not 100_000 < loaded < PAGE_BYTES:
        sys.exit(f"{loaded} bytes are loaded")
    print(f"{loaded} bytes")


def check_switch(page, hostile):
    """A click in the picture opens a switch: ports and flows are those of the interface."""
    page.browser.press(*page.place(SWITCH + "2"))
    page.until("a click opens no switch", lambda now: now["title"] == "Switch 0x2" and hostile in now["details"])
    ports = page.ask("/switches/0000000000000002")["ports"]
    wanted = [["local" if port["port"] == 4294967294 else str(port["port"]), port["name"], port["link"]] for port in ports]
    page.until("other ports than the interface's", lambda _: [row[:3] for row in page.rows("#ports-box")] == wanted)
    page.click("switch-flows")
    page.until("no flows", lambda _: page.rows("#flows-box"))

    def flows_equal(_):
        page.browser.run("document.querySelector('#flows-box button').click()")
        flows = [[str(flow["table"]), str(flow["priority"]), flow["match"] or "any", flow["instructions"] or "drop"]
                 for flow in page.ask("/switches/0000000000000002/flows")["flows"]]
        return sorted(flows) == sorted([row[0], row[1].replace(",", ""), row[2], row[3]] for row in page.rows("#flows-box"))

    page.until("other flows than the interface's", flows_equal)
    everything = page.rows("#flows-box")
    page.fill("flow-search", "in_port=1 learning")
    found = page.rows("#flows-box")
    if not 0 < len(found) < len(everything) or not all("in_port=1" in row[2] for row in found):
        sys.exit(f"the filter finds {found} of {everything}")
    if page.browser.run(HARM) != {"pwned": False, "foreign": 0}:
        sys.exit(f"the name of a port has become more than text: {page.browser.run(HARM)}")


def check_path(page):
    page.click("part-path")
    page.fill("trace-from", "10.9.0.1")
    page.fill("trace-to", "10.9.0.2")
    page.browser.keys(KEYS["enter"])
    hops = page.ask("/paths?from=10.9.0.1&to=10.9.0.2")["hops"]
    names = [f"0x{int(hop['datapath'], 16):x}" for hop in hops]
    page.until("the path is not traced", lambda now: now["hops"] == names == ["0x1", "0x2"] and "reaches" in now["result"])
    page.fill("trace-to", "10.9.0.99")
    page.browser.keys(KEYS["enter"])
    page.until("no reason why there is no path", lambda now: not now["hops"] and "10.9.0.99" in now["result"])
    page.browser.log()  # of the 404
    page.click("fit")
    for host in ("10.9.0.3", "10.9.0.1"):  # by clicks in the picture
        mac = next(row["mac"] for row in page.ask("/hosts")["hosts"] if host in row["addresses"])
        page.browser.press(*page.place(f"h:{mac}/0"))
    page.until("two clicks trace no path", lambda now: now["hops"] == ["0x3", "0x1"])
    page.picture("path")


def check_intents(page):
    page.click("part-intents")
    page.until("no intents", lambda _: page.browser.run("return document.getElementById('intent-text').value") != "")
    put = "const at = document.getElementById('intent-text'); at.value = arguments[0]; at.dispatchEvent(new Event('input'));"
    page.browser.run(put, '{ "networks": [\n  { "name": "office", "vlan": 10, "acl": "absent" } ] }')
    page.click("intent-plan")
    page.until("wrong intents are not refused with their place", lambda now: "line 2" in now["faults"] and "absent" in now["faults"] and not now["apply"])
    page.browser.log()  # of the 422
    page.browser.run(put, '{ "networks": [\n  { "name": "office", "vlan": 10 } ] }')
    page.click("intent-plan")
    page.until("right intents have no plan", lambda now: "Valid" in now["faults"] and now["apply"])
    page.click("intent-apply")
    page.until("the intents are not applied", lambda now: "Applied" in now["faults"])
    if [network["name"] for network in page.ask("/intents")["intents"]["networks"]] != ["office"]:
        sys.exit("the interface knows nothing of the intents")


def link(state, name):
    subprocess.run(["ip", "link", "set", name, state], check=True)


def check_loss(page):
    """A link that is taken down: in the picture, the summary, the list and the log; then up again."""
    link("down", "x12")
    page.until("the loss of a link is not shown", lambda now: now["summary"].endswith("1 link down"))
    page.click("part-events")
    page.until("the log has no loss", lambda now: "link_down" in now["log"] and "port_down" in now["log"])
    page.click("view-list")
    if not any(row[0] == "0x1 port 2 – 0x2 port 3" and row[1] in ("down", "lost") for row in page.rows("#list-box")):
        sys.exit(f"the list has no loss: {page.rows('#list-box')}")
    page.click("view-graph")
    page.picture("loss")
    link("up", "x12")
    page.until("the link is not shown again", is_ring)


def check_arrangement(page):
    """Where a switch was dragged, it is after the page was loaded again, which needs no token."""
    x, y = page.place(SWITCH + "1")
    page.browser.press(x, y, (x + 40, y + 30))
    kept = page.browser.run("return JSON.parse(localStorage.getItem('wadi-sdn.places'))[arguments[0]]", SWITCH + "1")
    page.browser.post("/refresh", {})
    page.until("the page does not come again", is_ring)
    drawn = page.browser.run("return wadi.positionInGraph(arguments[0])", SWITCH + "1")
    if not kept or drawn != kept:
        sys.exit(f"a switch that was dragged to {kept} is at {drawn}")


def check_phone(page):
    """A phone's width, dark, and keys alone."""
    page.browser.chrome("Emulation.setDeviceMetricsOverride", width=PHONE, height=844, deviceScaleFactor=2, mobile=True)
    page.browser.chrome("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    page.until("it is wider than a phone", lambda now: now["wide"] <= PHONE)
    for _ in range(30):
        page.browser.keys(KEYS["tab"])
        if page.browser.run(STATE)["focus"] == "graph":
            break
    page.browser.keys(KEYS["down"])
    page.until("keys reach nothing in the picture", lambda now: now["focus"] == "graph" and now["said"])
    for key in ("down", "up", "left", "right") * 3:
        if "Switch" in page.browser.run(STATE)["said"]:
            break
        page.browser.keys(KEYS[key])
    page.browser.keys(KEYS["enter"])
    page.until("a key opens no switch", lambda now: now["title"].startswith("Switch 0x") and page.rows("#ports-box"))
    while page.browser.run(STATE)["focus"] != "part-details":
        page.browser.keys(KEYS["tab"])
    for part in ("path", "intents", "events"):
        page.browser.keys(KEYS["right"])
        page.until(f"keys do not reach the part {part}", lambda now: now["focus"] == f"part-{part}" and now["wide"] <= PHONE)
    page.browser.keys(KEYS["home"])
    page.picture("phone")


def check_silence(page):
    """The controller cannot be reached, and is back."""
    link("down", "c0")
    page.until("it does not say that the controller is gone", lambda now: now["link"] == "no connection" and "Trying again" in now["notice"])
    page.browser.log()  # what could not be loaded
    link("up", "c0")
    page.until("it does not come back", lambda now: now["link"] == "live" and not now["notice"], 60)


def check_polling(page):
    """Without the stream of events the page asks for them."""
    page.browser.chrome("Network.enable")
    page.browser.chrome("Network.setBlockedURLs", urls=["*/events/stream"])
    page.browser.post("/refresh", {})
    page.until("events are not asked for", lambda now: now["link"] == "polling" and now["summary"])
    link("down", "x23")
    page.until("a loss is not seen without the stream", lambda now: now["summary"].endswith("1 link down"))
    page.click("part-events")
    page.until("the log has no loss", lambda now: "link_down" in now["log"].partition("link_up")[0])


def main():
    url, token_file, hostile, folder = sys.argv[1:]
    with tempfile.TemporaryDirectory() as own:
        browser = Browser(own, DESK, 900)
        page = Page(browser, url, pathlib.Path(token_file).read_text(encoding="ascii").strip(), pathlib.Path(folder))
        try:
            sign_in(page)
            page.picture("desk")
            check_switch(page, hostile)
            page.picture("switch")
            check_path(page)
            check_intents(page)
            check_loss(page)
            check_arrangement(page)
            wrong = browser.log()
            check_phone(page)
            wrong += browser.log()
            check_silence(page)
            check_polling(page)
        finally:
            browser.close()
    sys.exit("\n".join(wrong) or 0)


main()
