"""Opens the live page in Chromium and compares what it shows to what wadi-ctl prints: figures, health,
zones and ports; nothing on the console, nothing wider than the screen, little to load.

    manage_page.py URL WIDTH CTL SOCKET PICTURE
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

from browser import Browser

PAGE_BYTES = 150_000
SHOWN = """
const rows = (id) => [...document.querySelectorAll('#' + id + ' tbody tr')]
  .map((row) => [...row.cells].map((cell) => cell.innerText.trim()));
return {health: rows('health'), ports: rows('ports'), drops: rows('drops'), dns: rows('own-dns'),
  types: rows('own-replies_by_type'), zones: rows('zones'), stages: rows('stages'),
  name: document.getElementById('name').innerText, state: document.getElementById('state').innerText,
  tiles: document.querySelectorAll('.tile').length, link: document.getElementById('link').innerText,
  wide: document.documentElement.scrollWidth,
  drawn: document.getElementById('heat').toDataURL().length > 2000,
  bytes: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter((entry) => !entry.name.endsWith('/events')).reduce((sum, entry) => sum + entry.transferSize, 0)};"""


def number(text):
    return int(text.replace(",", ""))


def faults(shown, ask):
    """How the page differs from wadi-ctl, as sentences."""
    stats, zones, ports, drops = ask("stats"), ask("zones"), ask("ports"), ask("drops")
    pairs = {row[0].replace(" ", "_"): number(row[1]) for row in shown["dns"]}
    types = {row[0]: number(row[1]) for row in shown["types"]}
    wanted = {row["type"]: row["count"] for row in stats["replies_by_type"] if row["count"]}
    reasons = {row[0]: number(row[1]) for row in shown["drops"] if len(row) > 1}
    if pairs != stats["dns"][0]:
        yield f"queries: {pairs} and {stats['dns'][0]}"
    if types != wanted:
        yield f"types: {types} and {wanted}"
    if reasons != {row["name"]: row["count"] for row in drops["drops"] if row["count"]}:
        yield f"drops: {reasons}"
    if [row[0] for row in shown["zones"]] != [row["origin"] for row in zones["zones"]]:
        yield f"zones: {shown['zones']}"
    if [row[:2] for row in shown["ports"]] != [[row["name"], row["device"]] for row in ports["ports"]]:
        yield f"ports: {shown['ports']}"
    if not shown["drawn"] or shown["tiles"] < 6 or shown["link"] != "live":
        yield f"not drawn: {shown['tiles']} tiles, heat map {shown['drawn']}, {shown['link']}"


def health_faults(shown, ask):
    health, status = ask("health"), ask("status")
    if {row[0]: row[1] for row in shown["health"]} != {row["check"]: row["state"] for row in health["checks"]}:
        yield f"health: {shown['health']}"
    if (shown["name"], shown["state"]) != (status["name"], health["state"]):
        yield f"header: {shown['name']} {shown['state']}"


def main():
    url, width, ctl, socket, picture = sys.argv[1:]

    def ask(command):
        return json.loads(subprocess.check_output([ctl, socket, command, "--json", "--all"]))

    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(folder, int(width))
        try:
            browser.post("/url", {"url": url})
            for _ in range(60):
                time.sleep(1)
                shown = browser.run(SHOWN)
                wrong = list(faults(shown, ask))
                if not wrong:
                    break
            wrong += health_faults(shown, ask)
            if shown["wide"] > int(width):
                wrong.append(f"it is {shown['wide']} pixels wide")
            if not 1000 < shown["bytes"] < PAGE_BYTES:
                wrong.append(f"{shown['bytes']} bytes are loaded")
            wrong += browser.log()
            browser.picture(pathlib.Path(picture))
        finally:
            browser.close()
    print(f"{width} pixels: {shown['bytes']} bytes")
    sys.exit("\n".join(wrong) or 0)


main()
