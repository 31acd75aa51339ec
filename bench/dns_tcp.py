# dns_tcp: DNS over TCP on the virtual wire of bench/wire.py, server on core 0: connections that are
# kept open, with many queries outstanding (dnsperf, on the kernel's TCP of core 1), and connections
# with one query each (kxdpgun, which has a TCP of its own). Neighbour: effort.py, whose way to read
# a core's time this uses.
import contextlib
import json
import re
import statistics

import effort
import wire

CONNECTIONS, OUTSTANDING = 50, 2000
WADI_TCP = {"max_per_client": 1 << 20, "max_connections": 1 << 17}


def servers_for(tmp, options):
    zone = tmp / "bench.zone"
    wadi = wire.write_wadi(tmp, "dns.json", "bench.example", zone, tcp=WADI_TCP)
    return [wire.Server("wadi-dns", wadi, kernel=False),
            wire.Server("NSD", wire.write_nsd(tmp)),
            wire.Server("Knot", wire.write_knot(tmp, False)),
            wire.Server("Knot XDP", wire.write_knot(tmp, True))]


def on_client(*words):
    return wire.command("ip", "netns", "exec", wire.CLIENT, "taskset", "-c", "1", *words, check=False)


@contextlib.contextmanager
def busy_share(core):
    """What part of the core's time was not idle, as the only element of a list."""
    share, before = [], effort.core_times()[core]
    yield share
    after = effort.core_times()[core]
    spent = {kind: after[kind] - before[kind] for kind in after}
    share.append(1 - (spent["idle"] + spent["iowait"]) / max(1, sum(spent.values())))


def kept_open(queries, seconds):
    text = on_client("dnsperf", "-m", "tcp", "-s", "10.53.0.2", "-d", str(queries), "-c", str(CONNECTIONS),
                     "-T", "1", "-q", str(OUTSTANDING), "-l", str(seconds))
    found = re.search(r"Queries per second:\s+([\d.]+)", text)
    lost = re.search(r"Queries lost:\s+(\d+)", text)
    if not found or int(lost[1]) > 0:
        return 0
    return round(float(found[1]))


def one_each(queries, rate, seconds):
    """Replies in all, and a second."""
    text = on_client("kxdpgun", "-T", "-F", "1s1", "-t", str(seconds), "-Q", str(rate), "-i", str(queries), "10.53.0.2")
    found = re.search(r"total replies:\s+(\d+) \((\d+) pps\)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def peak_one_each(queries, seconds):
    """The most replies a second, and how busy core 0 was then: the rate is raised until three steps bring no more."""
    best, at_best, misses, rate = 0, 0, 0, 10_000
    while misses < 3 and rate < 2_000_000:
        with busy_share(0) as busy:
            _, replies = one_each(queries, rate, seconds)
        misses = 0 if replies > best * 1.02 else misses + 1
        if replies > best:
            best, at_best = replies, busy[0]
        rate = int(rate * 1.25)
    return best, at_best


def cost_one_each(process, queries, rate, seconds):
    """Microseconds of the server's threads for a connection, and of softirqs on the client's core,
    where the kernel receives what the client sends: while another program takes half of the
    server's core, which is then always behind and polls nothing in vain."""
    with effort.hog():
        before, ran = effort.core_times()[1], effort.ran_ns(process)
        replies, _ = one_each(queries, rate, seconds)
        after, ran = effort.core_times()[1], effort.ran_ns(process) - ran
    ticks = sum(after[kind] - before[kind] for kind in ("irq", "softirq"))
    return ran / 1000 / max(1, replies), ticks * 1e6 / effort.TICKS_PER_S / max(1, replies)


def measure(server, tmp, options):
    with server.running(tmp) as process:
        with busy_share(0) as busy:
            kept = kept_open(tmp / "queries", options.seconds)
        one, busy_one = peak_one_each(tmp / "queries", options.seconds)
        ran_us, client_us = cost_one_each(process, tmp / "queries", one, options.seconds)
        return {"kept_open": kept, "busy": busy[0], "one_each": one, "busy_one": busy_one,
                "ran_us": ran_us, "client_us": client_us}


def print_table(results, about, options):
    print(f"\n{about['date']}, {about['cpu']}, {about['cores']} cores, kernel {about['kernel']}, wadi {about['commit']}")
    print(f"one veth pair, server on core 0, load on core 1, {options.names:,} names, {options.rounds} rounds; "
          f"other load at start {about['load_1min']}\n"
          f"kept open: dnsperf, {CONNECTIONS} connections, {OUTSTANDING} queries outstanding; one each: kxdpgun -T\n")
    print(f"{'':<12}{'kept open/s':>13}{'of NSD':>8}{'core 0 busy':>13}{'one each/s':>13}{'of NSD':>8}{'core 0 busy':>13}"
          f"{'us':>8}{'of NSD':>8}{'us, core 1':>12}")
    nsd = results["NSD"]
    for name, rounds in results.items():
        middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        ratios = {key: wire.ratio([one[key] for one in rounds], [max(1, one[key]) for one in nsd])
                  for key in ("kept_open", "one_each", "ran_us")}
        print(f"{name:<12}{middle['kept_open']:>13,.0f}{ratios['kept_open']:>8.2f}{middle['busy']:>13.0%}"
              f"{middle['one_each']:>13,.0f}{ratios['one_each']:>8.2f}{middle['busy_one']:>13.0%}"
              f"{middle['ran_us']:>8.2f}{ratios['ran_us']:>8.2f}{middle['client_us']:>12.2f}")
    print("\n0: the load's program found replies missing. us: what the server's threads run for a connection with one query,\n"
          "while another program takes half of core 0; us, core 1: softirqs there, where the kernel receives for the server.\n"
          "Where the rate is less than the server's core could serve by that cost, the load is what limits.")


def bench_dns_tcp(options):
    results = {}
    about = wire.quiet_facts()
    with wire.laboratory(options.names) as tmp:
        # Ports of connections that ended are used again within a minute.
        wire.command("ip", "netns", "exec", wire.CLIENT, "sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1",
                     "net.ipv4.ip_local_port_range=1024 65535")
        for number in range(1, options.rounds + 1):
            for server in servers_for(tmp, options):
                result = measure(server, tmp, options)
                results.setdefault(server.name, []).append(result)
                print(f"round {number} of {options.rounds}: {server.name:<10} {result['kept_open']:>9,} kept open, "
                      f"{result['one_each']:>9,} one each", flush=True)
    print_table(results, about, options)
    if options.json:
        with open(options.json, "a") as out:
            for name, rounds in results.items():
                out.write(json.dumps(about | {"bench": "dns-tcp", "server": name, "names": options.names, "rounds": rounds}) + "\n")
