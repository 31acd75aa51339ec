# command: tools/bench dns, and tools/bench compare.
import argparse
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

from suite import figures, jail, keep, lab, peers, report, results as results_of, runner, scenario as scenario_of, server as server_of, sheet
from suite.server import Trouble

QUICK_BUDGET_S = 280

COMMANDS = ("dns", "report", "compare")


def dns_parser():
    parser = argparse.ArgumentParser(
        prog="tools/bench dns", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Runs DNS servers in turn on one wire, with the same zones, core and load, and writes a report.",
        epilog="""examples:
  sudo tools/bench dns --quick               two scenarios, one round, under five minutes
  sudo tools/bench dns                       everything; a run that was stopped goes on
  sudo tools/bench dns --budget 25m          each scenario once, and as many rounds more as there is time for
  sudo tools/bench dns --only wadi-xdp,nsd --scenarios names-100000 --rounds 5
  sudo tools/bench dns --server mine.toml    another server; docs/benchmarking.md describes such files
  sudo tools/bench dns --only wadi-xdp --with wadi-xdp:idle=spin --with wadi-xdp:program=old/wadi-dns --hog
                                             one server with an option, and in another build

It needs root for namespaces and XDP, and two cores. Stop other programs first.""")
    parser.add_argument("--quick", action="store_true", help="two scenarios, the main servers, one round, rates to 8 %% instead of 1 %%")
    parser.add_argument("--rounds", type=int, help="rounds, in each of which every server has its turn (3)")
    parser.add_argument("--seconds", type=int, help="duration of each trial (2; with --quick 1)")
    parser.add_argument("--budget", metavar="TIME", type=seconds_of, dest="budget_s",
                        help="start no round of a scenario that would end later, such as 25m or 1h (with --quick 280s); trials of 1 s, "
                             "rates to 4 %% instead of 1 %%")
    parser.add_argument("--only", metavar="NAME,...", help="these servers")
    parser.add_argument("--scenarios", metavar="NAME,...", help="these scenarios")
    parser.add_argument("--server", action="append", default=[], metavar="FILE", help="one server more; may be repeated")
    parser.add_argument("--with", action="append", default=[], dest="variants", metavar="SERVER:WORD=TEXT",
                        help="that server once more, with that word of its file, or program=PATH; may be repeated")
    parser.add_argument("--rates", type=rates_of, default=[], metavar="N,...",
                        help="latency and cost of an answer at these rates, in each scenario")
    parser.add_argument("--hog", action="store_true",
                        help="what an answer costs while another program takes half of the server's core, too: then the "
                             "server is always behind and polls nothing in vain")
    parser.add_argument("--peers", choices=["debian12", "debian13", "both"], default="debian12",
                        help="which Debian the other servers come from; debian13 is made in a folder of its own, "
                             "which takes some minutes the first time (debian12)")
    parser.add_argument("--report", default="report", metavar="FOLDER", help="where the report goes (report)")
    parser.add_argument("--polite", action="store_true", help="without precedence over other programs, which it has otherwise")
    parser.add_argument("--fresh", action="store_true", help="begin anew, even if a run in that folder can go on")
    parser.add_argument("--list", action="store_true", help="list servers and scenarios, and end")
    return parser


def seconds_of(text):
    found = re.fullmatch(r"(\d+)(s|m|h)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is no time such as 280s, 25m or 1h")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def rates_of(text):
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", text):
        raise argparse.ArgumentTypeError(f"{text} is no list of rates such as 50000,200000")
    return list(map(int, text.split(",")))


def choose(wanted, things, what):
    """Those with the names in a list with commas, or all."""
    if not wanted:
        return things
    by_name = {thing.name: thing for thing in things}
    for name in wanted.split(","):
        if name not in by_name:
            raise Trouble(f"there is no {what} {name}; there are {', '.join(by_name)}")
    return [by_name[name] for name in wanted.split(",")]


def print_list(servers, scenarios):
    for title, things in ("servers", servers), ("scenarios", scenarios):
        print(title)
        for thing in things:
            print(f"  {thing.name:<16}{thing.title}")


def dns(words):
    options = dns_parser().parse_args(words)
    options.command = "tools/bench dns " + " ".join(words)
    known = peers.of(server_of.built_in(), options.peers)
    more = [server_of.load(Path(path)) for path in options.server]
    more += [server_of.variant(known + more, text) for text in options.variants]
    scenarios = scenario_of.all_scenarios()
    if options.list:
        return print_list(known + more, scenarios)
    servers = choose_servers(options.only, [one for one in known if one.in_quick or not options.quick or options.only], more)
    scenarios = choose(options.scenarios, [one for one in scenarios if one.quick or not options.quick or options.scenarios],
                       "scenario")
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.seconds = options.seconds or (1 if options.quick or options.budget_s else 2)
    options.is_short = bool(options.quick or options.budget_s)
    options.precision_ppm = 80_000 if options.quick else 40_000 if options.budget_s else 10_000
    options.budget_s = options.budget_s or (QUICK_BUDGET_S if options.quick else None)
    must_be_able("dns")
    for server in servers:
        must_be_whole(server)
    make_folder(options)
    install(servers)
    peers.make(servers)
    if options.fresh:
        Path(options.report, "results.json").unlink(missing_ok=True)
    plan = {"servers": [server.name for server in servers], "scenarios": [one.name for one in scenarios],
            "rounds": options.rounds, "seconds": options.seconds, "rates": options.rates, "hog": options.hog}
    return jail.run(lambda: runner.run(options, scenarios, servers, plan))


def choose_servers(only, known, more):
    """Those of the list; those that the caller added in any case, and the limit of the wire."""
    names = [server.name for server in known + more]
    if len(set(names)) < len(names):
        raise Trouble(f"two servers have the name {max(names, key=names.count)}; the file's name is the server's")
    chosen = (choose(only, known + more, "server") if only else known) + more
    chosen += [server for server in known if server.is_limit]
    return list({server.name: server for server in chosen}.values())


def must_be_able(command):
    if os.geteuid():
        raise Trouble(f"namespaces and XDP require root: sudo tools/bench {command}")
    if os.cpu_count() < 2:
        raise Trouble("server and load need one core each; this machine has one")


def must_be_whole(server):
    zone = scenario_of.Zone(server_of.RELOADED, Path("zone"))
    try:
        server_of.Run(server, lab.of_this_tree(), Path("folder"), [zone]).must_be_whole()
    except Trouble as fault:
        raise Trouble(f"{server.name}: {fault}") from None


def make_folder(options):
    folder = Path(options.report).resolve()
    if folder.is_relative_to(jail.FOLDER):
        raise Trouble(f"--report {options.report}: what is written below {jail.FOLDER} in a run is gone at its end")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Trouble(f"--report {options.report}: {fault.strerror}") from None


def install(servers):
    """What is missing of Debian's packages, for the load and for each server."""
    subprocess.run([lab.ROOT / "tools/deps", "build", "run", "bench"], check=True)
    wanted = sorted({package for server in servers if not server.root for package in server.packages})
    held = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted],
                          capture_output=True, text=True).stdout.split("\n")
    missing = [package for package in wanted if f"{package} installed" not in held]
    if missing:
        print(f"installing {', '.join(missing)}", flush=True)
        done = subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing], text=True,
                              capture_output=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode:
            raise Trouble(f"apt-get install {' '.join(missing)}: {done.stderr.strip()[-500:]}")


def rewrite(words):
    parser = argparse.ArgumentParser(
        prog="tools/bench report", description="Writes the report of a run again from its results.json, also of one that was "
        "stopped; or keeps it in a small form for a repository.", epilog="example: tools/bench report report/results.json "
        "--keep docs/benchmarks --readme README.md")
    parser.add_argument("results", metavar="RESULTS.json", type=Path)
    parser.add_argument("--keep", metavar="FOLDER", type=Path, help="write it to FOLDER/DATE instead of beside RESULTS.json")
    parser.add_argument("--readme", metavar="FILE", type=Path, help="put the table between this file's marks, with a link to the report")
    options = parser.parse_args(words)
    made = sheet.read(options.results)
    if made:
        return rewrite_sheet(made, options)
    held = results_of.read(options.results)
    folder = options.results.parent
    if options.keep:
        folder = options.keep / held.about["date"]
        print(f"{folder}: {keep.write(held, folder):,} bytes")
    else:
        report.write(held, folder)
        print(f"{folder}/index.html")
    if options.readme:
        keep.into_readme(held, options.readme, os.path.relpath(folder / "index.html", options.readme.parent))


def rewrite_sheet(made, options):
    """Of tools/bench http, of, tcp and flood."""
    if options.readme:
        raise Trouble(f"{options.results}: is not of tools/bench dns, whose table a README takes")
    folder = options.keep / f"{made.about['date']}-{made.about['command'].split()[1]}" if options.keep else options.results.parent
    made.keep(folder)


HIGHER_IS_BETTER = {"rate"}
COMPARED = [("rate", "answers/s"), ("p99_us", "p99 us"), ("cpu_ns", "CPU ns/answer"), ("memory_bytes", "memory"),
            ("first_answer_s", "first answer"), ("reload_s", "reload")]


def compare(words):
    parser = argparse.ArgumentParser(prog="tools/bench compare", description="Says what changed between two runs of "
                                     "tools/bench dns beyond their noise (95 %, two rounds each at least).")
    parser.add_argument("old", metavar="OLD.json")
    parser.add_argument("new", metavar="NEW.json")
    parser.add_argument("--all", action="store_true", help="what did not change, too")
    options = parser.parse_args(words)
    old, new = results_of.read(options.old), results_of.read(options.new)
    if old.about.get("cpu") != new.about.get("cpu"):
        print(f"note: two machines: {old.about.get('cpu')}, and {new.about.get('cpu')}")
    rows = changes(old, new, options.all)
    for row in rows:
        print(f"{row[0]:<32}{row[1]:<20}{row[2]:<16}{row[3]:>16,.6g}{row[4]:>16,.6g}  {row[5]}")
    compared = len(changes(old, new, True))
    beyond = sum("noise" not in row[5] for row in rows)
    print(f"{beyond} of {compared} figures changed beyond the noise; of as many that did not change, about "
          f"{compared / 20:.0f} would seem to, by chance")


def changes(old, new, everything):
    """(scenario, server, figure, old, new, what that is) of what both runs have."""
    rows = []
    for name, scenario in new.scenarios.items():
        for server, held in new.servers.items():
            for key, title in COMPARED:
                a, b = ([value for value in figures.by_round(run.cells, name, server, key).values() if value] for run in (old, new))
                if not a or not b:
                    continue
                ratio, beyond = figures.change(a, b)
                better = (ratio > 1) == (key in HIGHER_IS_BETTER)
                doubt = "within the noise" if min(len(a), len(b)) > 1 else "one round, whose noise is not known"
                word = f"{ratio - 1:+.1%} {'better' if better else 'worse'}" if beyond else f"{ratio - 1:+.1%} {doubt}"
                if beyond or everything:
                    rows.append((scenario["title"], held["title"], title, statistics.median(a), statistics.median(b), word))
    return rows


def main(words):
    status = jail.status_of({"dns": dns, "report": rewrite, "compare": compare}[words[0]], words[1:])
    if status == jail.INTERRUPTED:
        print("\ntools/bench: interrupted; what was measured is kept: the same command goes on from there", file=sys.stderr)
    sys.exit(status)
