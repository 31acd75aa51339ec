# flood: what a known client keeps of its answers while another host of the link floods the
# server, on the wire of bench/wire.py, for wadi's devices and for NSD on the kernel's stack.
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

import wire
from wire import CLIENT, ROOT, SERVER, command

OVER_IPV6 = {"ns", "na", "dad", "group-echo"}
RATE = 1000  # of the client's queries
STEP_FIELDS = "kept", "flood_per_s", "p50_us", "p99_us", "kernel_lost", "server_lost"


def make_kinds(tmp, mac):
    """KIND.pcap in the folder; the kinds. After a flood of queries NSD stays busy for some
    seconds: answers to neighbours that do not exist fill its socket. So that comes last."""
    kinds = command("/usr/bin/python3", str(ROOT / "tests/net/flood.py"), "make", str(tmp), mac, "bench.example")
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


def server_lost(tmp, server):
    """Frames or datagrams that the server's device or socket had no room for."""
    if not server.kernel:
        text = command(str(wire.program("wadi-ctl")), str(tmp / "dns.sock"), "ports", "--json")
        return sum(numbers_of(json.loads(text), "rx_missed"))
    counters = command("ip", "netns", "exec", SERVER, "nstat", "-asz", "UdpRcvbufErrors", "Udp6RcvbufErrors")
    return sum(int(found) for found in re.findall(r"RcvbufErrors\s+(\d+)", counters))


def measure(tmp, server, kind, seconds):
    """One flood: the client begins a moment after it and ends before it."""
    flood = ["taskset", "-c", "1", str(wire.program("flood", "tests/net")), str(tmp / f"{kind}.pcap"), "w1"]
    address = "fd53::2" if kind in OVER_IPV6 else "10.53.0.2"
    lost = kernel_lost(), server_lost(tmp, server)
    flooding = subprocess.Popen(["ip", "netns", "exec", CLIENT, *flood, str(seconds + 2)],
                                stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
    client = command("ip", "netns", "exec", CLIENT, "chrt", "-f", "10", "taskset", "-c", "1",
                     str(wire.program("latency", "bench")), address, str(RATE), str(seconds), "h1.bench.example")
    sent = int(flooding.communicate()[0])
    asked, missing, p50, p99 = map(float, client.split()[:4])
    return {"kept": 100 * (1 - missing / asked), "flood_per_s": sent / (seconds + 2), "p50_us": p50,
            "p99_us": p99, "kernel_lost": kernel_lost() - lost[0], "server_lost": server_lost(tmp, server) - lost[1]}


def servers_for(tmp, options):
    servers = [wire.Server(f"wadi-dns {kind}", wire.write_wadi(tmp, f"{kind}.json", "bench.example",
                                                              tmp / "bench.zone", device=f"{kind}:w0"), kernel=False)
               for kind in ("af_xdp", "af_packet")]
    servers[1:1] = [wire.variant(tmp, option) for option in options]
    servers.append(wire.Server("NSD", wire.write_nsd(tmp, ("10.53.0.2", "fd53::2")), ipv6=True))
    return servers


def print_tables(results, kinds, about, options):
    print(f"\n{about['date']}, {about['cpu']}, {about['cores']} cores, kernel {about['kernel']}, wadi {about['commit']}; "
          f"medians of {options.rounds} rounds of {options.seconds} s; other load at start {about['load_1min']}")
    print(f"a client of {RATE} queries/s; server on core 0; flood, client and the kernel's receiving on core 1")
    for server, steps in results.items():
        print(f"\n{server:<20}{'answers kept':>13}{'lowest':>8}{'flood/s':>10}{'p50 us':>8}{'p99 us':>9}"
              f"{'lost by kernel':>16}{'by server':>11}")
        for kind in kinds:
            of = {key: statistics.median(step[key] for step in steps[kind]) for key in STEP_FIELDS}
            print(f"{kind:<20}{of['kept']:>11.1f} %{min(step['kept'] for step in steps[kind]):>8.1f}"
                  f"{of['flood_per_s']:>10,.0f}{of['p50_us']:>8.0f}{of['p99_us']:>9.0f}"
                  f"{of['kernel_lost']:>16,.0f}{of['server_lost']:>11,.0f}")


def bench_flood(options):
    results = {}
    about = wire.quiet_facts()
    with wire.laboratory(options.names) as tmp:
        mac = command("ip", "-n", SERVER, "-br", "link", "show", "w0").split()[2]
        kinds = [kind for kind in make_kinds(tmp, mac) if kind in (options.kinds or kind).split(",")]
        wire.kernel_ipv6(CLIENT, "w1", True)
        command("ip", "-n", CLIENT, "addr", "add", "fd53::1/64", "dev", "w1", "nodad")
        command("ip", "-n", CLIENT, "neigh", "replace", "fd53::2", "lladdr", mac, "dev", "w1")
        servers = servers_for(tmp, options.with_option)
        for number in range(1, options.rounds + 1):
            for server in servers:
                with server.running(tmp):
                    for kind in kinds:
                        results.setdefault(server.name, {}).setdefault(kind, []).append(
                            measure(tmp, server, kind, options.seconds))
                print(f"round {number} of {options.rounds}: {server.name}", flush=True)
    print_tables(results, kinds, about, options)
    if options.json:
        with open(options.json, "a") as out:
            for name, steps in results.items():
                for kind in kinds:
                    out.write(json.dumps(about | {"bench": "flood", "server": name, "kind": kind,
                                                  "rounds": steps[kind]}) + "\n")
