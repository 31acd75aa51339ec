"""What a Prometheus that scrapes the management endpoint knows: the counters that wadi-ctl prints, the
alert rules, evaluated, and data for each query of the dashboard.

    manage_prometheus.py SECONDS CTL SOCKET FOLDER
"""

import json
import pathlib
import subprocess
import sys
import time
import urllib.parse
import urllib.request

API = "http://127.0.0.1:9090/api/v1/"


def get(path, **arguments):
    with urllib.request.urlopen(API + path + "?" + urllib.parse.urlencode(arguments), timeout=30) as answer:
        return json.load(answer)["data"]


def until(seconds, check):
    """Calls it until it finds nothing wrong; the last fault ends the program."""
    end = time.monotonic() + seconds
    while True:
        try:
            fault = check()
        except OSError as error:
            fault = str(error)
        if not fault:
            return
        if time.monotonic() > end:
            sys.exit(fault)
        time.sleep(1)


def replies(ctl, socket):
    stats = json.loads(subprocess.check_output([ctl, socket, "stats", "--json"]))
    return {row["type"]: row["count"] for row in stats["replies_by_type"]}["A"]


def check_counter(ctl, socket):
    before = replies(ctl, socket)
    got = get("query", query='wadi_replies_by_type_total{type="A"}')["result"]
    if not got or int(got[0]["value"][1]) != before:
        return f"wadi-ctl counts {before} replies, Prometheus {got}"
    return None


def check_rules():
    rules = [rule for group in get("rules")["groups"] for rule in group["rules"]]
    bad = [rule["name"] for rule in rules if rule["health"] != "ok"]
    firing = [rule["name"] for rule in rules if rule["state"] == "firing"]
    if len(rules) < 8 or bad or firing:
        return f"{len(rules)} rules, not evaluated or wrong {bad}, firing {firing}"
    return None


def check_dashboard(folder):
    dashboard = json.loads((folder / "wadi.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    for query in queries:
        query = query.replace("$__rate_interval", "30s").replace("$instance", ".*")
        if not get("query", query=query)["result"]:
            return f"no data for {query}"
    return None if len(queries) > 15 else "the dashboard has few queries"


def main():
    seconds, ctl, socket, folder = sys.argv[1:]
    until(int(seconds), lambda: check_counter(ctl, socket))
    until(int(seconds), check_rules)
    until(int(seconds), lambda: check_dashboard(pathlib.Path(folder)))


main()
