# runner: a whole run: for each scenario, rounds in which every server has its turn, so that a
# machine that drifts is fair to all; then the limit of the wire, and the check by another program.
import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path

from suite import figures, lab as lab_of, load, measure, noise, report, results as results_of
from suite.server import Trouble, running, version_of


def about(options):
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    commit = subprocess.run(["git", "-C", str(lab_of.ROOT), "-c", f"safe.directory={lab_of.ROOT}", "describe", "--always",
                             "--dirty"], capture_output=True, text=True).stdout.strip()
    return {"date": time.strftime("%Y-%m-%d"), "cpu": found[1] if found else platform.processor(),
            "cores": os.cpu_count(), "memory_gb": round(int(memory[1]) / 1e6), "kernel": platform.release(),
            "system": system_name(), "wadi": commit, "load_1min": noise.load_1min(), "command": options.command}


def system_name():
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release").read_text(), re.M)
    return found[1] if found else platform.system()


class Progress:
    """One line a cell, with the time that is left by the cells so far."""

    def __init__(self, cells, say=print):
        self.cells, self.done, self.spent, self.say = cells, 0, 0.0, say

    def step(self, what, took_s):
        self.done += 1
        self.spent += took_s
        left = self.spent / self.done * (self.cells - self.done)
        self.say(f"[{self.done}/{self.cells}, {clock(left)} left] {what}", flush=True)

    def skip(self):
        self.cells -= 1


def clock(seconds):
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def in_words(cell):
    if not cell.get("rate"):
        return f"nothing: {cell['fault'].splitlines()[0]}"
    late = f", p99 {cell['p99_us']:,.0f} us at half of it" if cell.get("p99_us") else ""
    return f"{cell['rate']:>10,} answers/s{late}"


def run(options, scenarios, servers, plan):
    folder = Path(options.report)
    folder.mkdir(parents=True, exist_ok=True)
    results = results_of.resume(folder / "results.json", plan)
    results.about = results.about or about(options)
    results.scenarios = {scenario.name: {"title": scenario.title, "names": scenario.names, "figure": scenario.figure,
                                         "transport": scenario.transport} for scenario in scenarios}
    turns = [(scenario, number, server) for scenario in scenarios for number in range(1, options.rounds + 1)
             for server in servers if server.can(scenario)]
    progress = Progress(len(turns))
    lab = lab_of.Lab(lab_of.ROOT / os.environ.get("WADI_BUILD", "build"))
    with lab.standing(first=not options.polite):
        for server in servers:
            results.servers.setdefault(server.name, {"title": server.title, "version": version_of(server, lab),
                                                     "start": server.start, "files": {}})
        for scenario in scenarios:
            run_scenario(lab, scenario, [turn for turn in turns if turn[0] is scenario], results, progress, options)
        check(lab, scenarios, servers, results, options)
    finish(results, folder)


def run_scenario(lab, scenario, turns, results, progress, options):
    todo = [turn for turn in turns if not results.done(scenario.name, turn[2].name, turn[1])]
    for _ in range(len(turns) - len(todo)):
        progress.skip()
    if not todo:
        return
    place = lab.tmp / scenario.name
    zones = scenario.write(place)
    for turn in todo:
        begin = time.monotonic()
        cell = take_turn(lab, turn, zones, results, options)
        if "fault" in cell:  # once more: on a busy machine the load may have had no turn of the processor
            cell = take_turn(lab, turn, zones, results, options)
        results.add(cell)
        progress.step(f"{scenario.title}, round {turn[1]}: {turn[2].title:<20} {in_words(cell)}", time.monotonic() - begin)
    shutil.rmtree(place)


def take_turn(lab, turn, zones, results, options):
    """The cell of a turn: what was measured, or the fault that it met."""
    scenario, number, server = turn
    place = lab.tmp / scenario.name
    cell = {"scenario": scenario.name, "server": server.name, "round": number}
    generator = load.of(lab, scenario, server, place / "queries", options.seconds, place / server.name)
    folder = place / server.name
    try:
        measured, shown = measure.limit(lab, server, place / "queries", options.seconds, folder) if server.is_limit else \
            measure.cell(lab, server, scenario, zones, generator, folder, near(results, cell))
    except Trouble as fault:
        return cell | {"fault": str(fault)}
    results.servers[server.name]["files"] = results.servers[server.name]["files"] or shown
    return cell | measured


def near(results, cell):
    """Where the search may begin: below what an earlier round found."""
    found = figures.median(results.cells, cell["scenario"], cell["server"], "rate")
    return found and max(1, int(found * 0.8))


def check(lab, scenarios, servers, results, options):
    """One row again with a program that is not ours."""
    scenario = next((one for one in scenarios if one.check), None)
    if scenario is None or results.check:
        return
    place = lab.tmp / "check"
    zones = scenario.write(place)
    for server in (one for one in servers if one.wire == "veth" and not one.is_limit):
        generator = load.Kxdpgun(lab, place / "queries", options.seconds)
        try:
            with running(server, lab, place / server.name, zones):
                results.check.append({"scenario": scenario.name, "server": server.name, "by": generator.name,
                                      **generator.find_max()})
        except Trouble as fault:
            print(f"check of {server.title}: {fault}")
    shutil.rmtree(place)
    results.write()


def finish(results, folder):
    results.write()
    results.write_csv(folder / "results.csv")
    report.write(results, folder)
    print(report.table(results))
    print(f"\nthe whole report: {folder}/index.html")
