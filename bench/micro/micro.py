# micro: runs the microbenchmarks of build/bench/micro, and holds the instructions that
# they count against bench/baseline.json. What is measured is the programs' business;
# tools/bench is the command.
import argparse
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
BASELINE = ROOT / "bench/baseline.json"
GROWTH_MAX = 0.05
NAMES = "10000"  # of zones whose instructions are held against the baseline
# Each program with its options. Those that take long come first, so that two at a
# time are done soonest.
RUNS = [
    ["zone_load"],
    ["dns_answer"],
    ["dns_answer", "--ipv6", "--kind", "hit", "--kind", "nxdomain"],
    ["dns_answer", "--engine", "--kind", "hit", "--kind", "nxdomain"],
    ["dns_answer", "--beside", "--kind", "hit", "--kind", "nxdomain"],
    ["udp_echo"],
    ["bench_ask"],
    ["http_rr"],
    ["of_packet_in"],
    ["sdn_paths", "--kind", "tree", "--kind", "link"],  # not "all", which is long when counted
    ["tcp_rr"],
    ["tcp_rr", "--lwip"],
    ["tcp_open"],
    ["tcp_open", "--lwip"],
    ["tcp_worst"],
    ["tcp_idle"],
    ["stage"],
    ["page"],
    ["pkt"],
    ["cksum"],
]
SIZED = {"zone_load", "dns_answer", "tcp_idle"}
# What is not counted: a second worker on another core is a matter of time only, and lwIP's
# instructions are not ours.
UNCOUNTED = {"--beside", "--lwip"}
LWIP = Path("/usr/include/lwip")  # of liblwip-dev


def build():
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["meson", "setup", str(BUILD)], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)
    targets = sorted({"bench/micro/" + run[0] for run in RUNS})
    done = subprocess.run(["ninja", "-C", str(BUILD), *targets], text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{done.stdout[-3000:]}\ntools/bench: the benchmarks do not build (above)")


def compiler():
    """What the build was made with, as it calls itself."""
    command = json.loads((BUILD / "compile_commands.json").read_text())[0]["command"]
    done = subprocess.run([command.split()[0], "--version"], text=True, capture_output=True)
    return done.stdout.split("\n")[0].split(" ", 1)[-1]


def program(run, *options):
    return [str(BUILD / "bench/micro" / run[0]), *run[1:], *options]


def show(options):
    """The figures of all programs, one after the other, as they come."""
    shared = [word for word, on in (("--instructions", options.instructions),
                                    ("--json", options.json),
                                    ("--huge-pages", options.huge_pages)) if on]
    for run in RUNS:
        if "--lwip" in run and not LWIP.exists():
            print(f"{shlex.join(run)}: not measured without liblwip-dev, which tools/deps bench installs")
            continue
        sized = ["--names", options.names] if options.names and run[0] in SIZED else []
        if subprocess.run(program(run, *shared, *sized)).returncode:
            sys.exit(f"tools/bench: {shlex.join(run)} fails (above)")


def count(run):
    """Instructions of each kind that a program measures, by a name of its own."""
    sized = ["--names", NAMES] if run[0] in SIZED else []
    done = subprocess.run(program(run, "--instructions", "--json", "--rounds", "1", *sized),
                          text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{done.stderr}\ntools/bench: {shlex.join(run)} fails (above)")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    flags = [word for word in ("--engine", "--ipv6") if word in run]
    return {" ".join([run[0], *flags, line["kind"]]): line["instructions"]
            for line in lines if line.get("order", "uniform") == "uniform"}


def count_all():
    counts = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for part in pool.map(count, [run for run in RUNS if UNCOUNTED.isdisjoint(run)]):
            counts |= part
    return dict(sorted(counts.items()))


def update():
    counts = count_all()
    BASELINE.write_text(json.dumps({"compiler": compiler(), "instructions": counts}, indent=1) + "\n")
    print(f"{BASELINE.relative_to(ROOT)}: {len(counts)} counts")


def verdict(before, now):
    if before is None:
        return "new"
    if now is None:
        return "gone"
    return "grown" if now > before * (1 + GROWTH_MAX) else None


def check():
    baseline, counts = json.loads(BASELINE.read_text()), count_all()
    before = baseline["instructions"]
    bad = {}
    for name in sorted(before.keys() | counts.keys()):
        found = verdict(before.get(name), counts.get(name))
        if found:
            bad[name] = found
    if bad:
        print(f"{'':<36}{'baseline':>10}{'now':>10}{'growth':>9}")
    for name, found in bad.items():
        old, new = before.get(name), counts.get(name)
        growth = f"{new / old - 1:+.1%}" if old and new else found
        print(f"{name:<36}{old or '-':>10}{new or '-':>10}{growth:>9}")
    if bad and baseline["compiler"] != compiler():
        print(f"the baseline is of {baseline['compiler']}, this build of {compiler()}")
    if bad:
        sys.exit(f"tools/bench: {len(bad)} of {len(counts)} counts of instructions are not the "
                 f"baseline's; mend it, or run tools/bench micro --update and say why in the commit")
    ratios = [counts[name] / old - 1 for name, old in before.items()]
    print(f"{len(counts)} counts of instructions, from {min(ratios):+.1%} to {max(ratios):+.1%} "
          f"of the baseline")


def main(words):
    parser = argparse.ArgumentParser(
        prog="tools/bench micro", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures the engines one by one, in one process and without a network.",
        epilog=f"""programs, each of which has a --help of its own (build/bench/micro/):
  dns_answer  a query from frame to frame, and the engine alone
  zone_load   a zone from text to its compiled form
  udp_echo    a datagram through pipeline and stack
  bench_ask   a query and its answer in wadi-bench
  http_rr     a request of HTTP/1.1 and its answer of 64 bytes
  of_packet_in  a packet-in of OpenFlow and the flow mod that answers it
  tcp_rr      a request and its answer on a TCP connection, also beside lwIP
  tcp_open    a TCP connection that is opened, used once and closed, also beside lwIP
  tcp_worst   the segments that cost TCP most
  tcp_idle    many idle connections: their memory, a turn, a request
  stage       the worker's loop alone
  page, pkt   pools of pages, and packets in them
  cksum       the Internet checksum

Instructions repeat exactly, on a busy machine, too; they hang on the compiler. A change
that makes one of them grow by more than {GROWTH_MAX:.0%} says why, and updates
{BASELINE.relative_to(ROOT)}.""")
    parser.add_argument("--instructions", action="store_true", help="count them, too (valgrind)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--names", metavar="N[,N]", help="sizes of zones, 10000000 at most")
    parser.add_argument("--huge-pages", action="store_true", help="have malloc ask for huge pages")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--check", action="store_true",
                      help="count instructions only, and fail when there are more than before")
    kept.add_argument("--update", action="store_true", help="make these counts the baseline")
    options = parser.parse_args(words)
    build()
    if options.update:
        update()
    elif options.check:
        check()
    else:
        show(options)
