# flood: what a known client keeps of its answers while another host of the link floods the
# server, on the wire of bench/suite/lab.py, for wadi's devices and for NSD on the kernel's stack.
# Kinds and generator are those of tests/net/flood.sh, which is the test of it.
#
# The server has core 0. Generator and client share core 1, with the kernel's receive path of
# the server's interface, which on veth runs where the sender is; on core 0 runs that of the
# client. The client, which sleeps nearly always, has real-time priority: what it loses is
# not its own core's.
import json
import re
import statistics
import subprocess
import time
from pathlib import Path

from suite import lab as lab_of, machine, scenario, server as server_of
from suite.lab import ROOT, command
from suite.server import running
from suite.sheet import Sheet

OVER_IPV6 = {"ns", "na", "dad", "group-echo"}
RATE = 1000  # of the client's queries
STEP_FIELDS = "kept", "flood_per_s", "p50_us", "p99_us", "kernel_lost", "server_lost"
SERVERS = "wadi-xdp", "wadi-packet", "nsd"


def make_kinds(lab):
    """KIND.pcap in the folder; the kinds. After a flood of queries NSD stays busy for some
    seconds: answers to neighbours that do not exist fill its socket. So that comes last."""
    kinds = command("/usr/bin/python3", ROOT / "tests/net/flood.py", "make", lab.tmp, lab.server_mac(), scenario.ORIGIN)
    return sorted(kinds.split(), key=lambda kind: kind == "dns")


def kernel_lost():
    """Frames that found the kernel's own queue in front of every protocol full."""
    return sum(int(line.split()[1], 16) for line in Path("/proc/net/softnet_stat").read_text().splitlines())


def numbers_of(value, name):
    """Each number under the name in a tree of JSON."""
    if isinstance(value, dict):
        return [number for key, inner in value.items()
                for number in ([inner] if key == name else numbers_of(inner, name))]
    return [number for inner in value for number in numbers_of(inner, name)] if isinstance(value, list) else []


def server_lost(run):
    """Frames or datagrams that the server's device or socket had no room for."""
    if run.server.takes_interface:
        text = command(run.lab.program("wadi-ctl"), run.folder / "dns.sock", "ports", "--json")
        return sum(numbers_of(json.loads(text), "rx_missed"))
    counters = command("ip", "netns", "exec", run.lab.server_space, "nstat", "-asz", "UdpRcvbufErrors", "Udp6RcvbufErrors")
    return sum(int(found) for found in re.findall(r"RcvbufErrors\s+(\d+)", counters))


def measure(run, kind, seconds):
    """One flood: the client begins a moment after it and ends before it."""
    lab = run.lab
    address = lab.server_address6 if kind in OVER_IPV6 else lab.server_address
    lost = kernel_lost(), server_lost(run)
    flooding = subprocess.Popen(lab.on_client(lab.program("flood"), lab.tmp / f"{kind}.pcap", lab.client_iface, seconds + 2),
                                stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
    client = command("chrt", "-f", "10", *lab.on_client(lab.program("latency"), address, RATE, seconds, f"h1.{scenario.ORIGIN}"))
    sent = int(flooding.communicate()[0])
    asked, missing, p50, p99 = map(float, client.split()[:4])
    return {"kept": 100 * (1 - missing / asked), "flood_per_s": sent / (seconds + 2), "p50_us": p50,
            "p99_us": p99, "kernel_lost": kernel_lost() - lost[0], "server_lost": server_lost(run) - lost[1]}


def servers_for(options):
    built_in = server_of.built_in()
    return [server for server in built_in if server.name in SERVERS] + [
        server_of.variant(built_in, text) for text in options.variants]


def print_tables(results, kinds, about, options):
    print(machine.head(about, options))
    print(f"a client of {RATE} queries/s; server on core 0; flood, client and the kernel's receiving on core 1")
    for server, steps in results.items():
        print(f"\n{server:<20}{'answers kept':>13}{'lowest':>8}{'flood/s':>10}{'p50 us':>8}{'p99 us':>9}"
              f"{'lost by kernel':>16}{'by server':>11}")
        for kind in kinds:
            of = {key: statistics.median(step[key] for step in steps[kind]) for key in STEP_FIELDS}
            print(f"{kind:<20}{of['kept']:>11.1f} %{min(step['kept'] for step in steps[kind]):>8.1f}"
                  f"{of['flood_per_s']:>10,.0f}{of['p50_us']:>8.0f}{of['p99_us']:>9.0f}"
                  f"{of['kernel_lost']:>16,.0f}{of['server_lost']:>11,.0f}")


def sheet(results, kinds, about):
    made = Sheet("DNS servers in floods", f"What a client of {RATE} queries/s keeps of its answers meanwhile.", about)
    for kind in kinds:
        made.add(kind, "% of the answers kept", {server: [step | {"per_s": step["kept"]} for step in steps[kind]] for server, steps in results.items()})
    return made


def bench_flood(options):
    results = {}
    about = machine.about(options.command)
    lab = lab_of.of_this_tree()
    lab.set_up(first=not options.polite)
    kinds = [kind for kind in make_kinds(lab) if kind in (options.kinds or kind).split(",")]
    zones = scenario.Scenario("flood", "", scenario.addresses(options.names), options.names).write(lab.tmp / "zone")
    for number in range(1, options.rounds + 1):
        for server in servers_for(options):
            with running(server, lab, lab.tmp / server.name, zones) as (run, _, _):
                for kind in kinds:
                    results.setdefault(server.title, {}).setdefault(kind, []).append(measure(run, kind, options.seconds))
            print(f"round {number} of {options.rounds}: {server.title}", flush=True)
    print_tables(results, kinds, about, options)
    sheet(results, kinds, about).keep(options.report)
    if options.json:
        with open(options.json, "a") as out:
            for name, steps in results.items():
                for kind in kinds:
                    out.write(json.dumps(about | {"bench": "flood", "server": name, "kind": kind,
                                                  "rounds": steps[kind]}) + "\n")
