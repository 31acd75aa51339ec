# tcp_parts: the parts of tools/bench tcp beside the lossy line of bench/tcp.py: fairness at a bottleneck
# that wadi's flows share with the kernel's; connections that are opened, used once and closed, from
# wadi's servers and the kernel's; and wadi with itself over memif, one core each side. wadi-bench tcp is
# the load of the last two.
import itertools
import json
import statistics
import struct
import subprocess
import threading
import time

from suite import machine, scenario, server as server_of
from suite.effort import Effort, hog
from suite.server import running

FLOWS = 2  # of each sender
FAIR_SECONDS = 30  # at least: windows need that long to find their shares
CLIENTS = 16  # addresses: ports of connections in TIME-WAIT are not used again at once
CLIENT_SETS = 14  # of such: a load has other addresses than the one before, since what is in TIME-WAIT
# there refuses the timestamps of another program, and a SYN that is refused is sent again after a second
QUERY = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + b"\2h1\5bench\7example\0" + struct.pack("!2H", 1, 1)
HTTP = b"GET / HTTP/1.0\r\n\r\n"
MEMIF_ADDRESSES = [f"10.54.0.{n}/24" for n in range(10, 10 + CLIENTS)]


def keep(options, about, **result):
    if options.json:
        with open(options.json, "a") as out:
            out.write(json.dumps(about | result) + "\n")


def jain(rates):
    return sum(rates) ** 2 / (len(rates) * sum(rate * rate for rate in rates))


def share(lab, receive, senders, seconds):
    """Bytes a second of each flow, all of which run at the same time."""
    rates, threads = {}, []
    for name, address in senders.items():
        for n in range(FLOWS):
            def one(key=(name, n), address=address):
                rates[key] = receive(lab, address, seconds)
            threads.append(threading.Thread(target=one))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rates


def bench_fair(lab, options, about, senders_on, receive, senders):
    """senders_on: a context in which both senders are at one end of an impaired line."""
    impairment = f"rate={options.mbit:g}Mbit,queue=50ms,delay={options.rtt_ms / 2:g}ms"
    indices, shares = [], []
    with senders_on(lab, impairment):
        for number in range(1, options.rounds + 1):
            rates = share(lab, receive, senders, max(options.seconds, FAIR_SECONDS))
            indices.append(jain(list(rates.values())))
            shares.append(sum(rate for (name, _), rate in rates.items() if name == "wadi") / sum(rates.values()))
            print(f"round {number} of {options.rounds}: Jain's index {indices[-1]:.3f}, wadi's share {shares[-1]:.0%}, "
                  + ", ".join(f"{name} {rate / 1e6:.2f} MB/s" for (name, _), rate in sorted(rates.items())), flush=True)
    print(machine.head(about, options))
    print(f"{FLOWS} flows of wadi and {FLOWS} of the kernel's CUBIC through {impairment}\n"
          f"Jain's index: median {statistics.median(indices):.3f}, lowest {min(indices):.3f}; "
          f"wadi's share: median {statistics.median(shares):.0%} of 50 %")
    keep(options, about, bench="tcp-fair", impairment=impairment, jain=indices, share=shares)
    options.sheet.add(f"{FLOWS} flows of wadi beside {FLOWS} of CUBIC, {options.mbit:g} Mbit/s", "Jain's index",
                      {"wadi and CUBIC": [{"per_s": index} for index in indices]})


def report(done):
    """What wadi-bench tcp found; nothing when it fails."""
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {"answers_per_s": 0, "failed": 0, "error": done.stderr[-500:]}


def conn_servers():
    """Each with its port, the file of its request, and the bytes of its answer (0: it closes). Not Knot's XDP
    mode, which drops data that comes with the acknowledgement of its SYN."""
    folder = server_of.FOLDER
    answer = 2 + len(QUERY) + 16
    return [(server_of.load(folder / "tcp/wadi-bench.toml"), 80, "http", 100),
            (server_of.load(folder / "tcp/nginx.toml"), 80, "http", 0),
            (server_of.load(folder / "wadi-xdp.toml"), 53, "query", answer),
            (server_of.load(folder / "nsd.toml"), 53, "query", answer)]


def measure_conns(lab, server, zones, port, request, answer, options, client_sets):
    words = [lab.program("wadi-bench"), "tcp", "--json", "--to", f"{lab.server_address}:{port}", "--mode", "each",
             "--request", lab.tmp / request, "--answer-bytes", answer, "--connections", options.connections,
             "--device", f"af_xdp:{lab.client_iface}", "--warm-up", 500, "--duration", options.seconds]

    def load():
        first = 16 + CLIENTS * next(client_sets)
        froms = [word for n in range(first, first + CLIENTS) for word in ("--from", f"10.53.0.{n}/24")]
        return report(subprocess.run(lab.on_client(*words, *froms), text=True, capture_output=True))

    with running(server, lab, lab.tmp / server.name, zones) as (run, _, _):
        result = load()
        with hog(lab.server_core), Effort(run, lab) as effort:
            hogged = load()
    # The warm-up's connections cost the same.
    each = effort.of_each(max(1, round(hogged["answers_per_s"] * (options.seconds + 0.5))))
    return {"per_s": result["answers_per_s"], "failed": result["failed"], "us": each["cpu_ns"] / 1000,
            "client_us": each["client_softirq_ns"] / 1000}


def bench_conns(lab, options, about):
    results = {}
    lab.set_up_wire()
    for setting in "net.core.somaxconn=65535", "net.ipv4.tcp_max_syn_backlog=65535", "net.ipv4.tcp_syncookies=0":
        lab.sysctl(lab.server_space, setting)
    (lab.tmp / "query").write_bytes(struct.pack("!H", len(QUERY)) + QUERY)
    (lab.tmp / "http").write_bytes(HTTP)
    zones = scenario.Scenario("conns", "", scenario.addresses(options.names), options.names).write(lab.tmp / "zone")
    client_sets = itertools.cycle(range(CLIENT_SETS))
    for number in range(1, options.rounds + 1):
        for server, *how in conn_servers():
            result = measure_conns(lab, server, zones, *how, options, client_sets)
            results.setdefault(server.title, []).append(result)
            print(f"round {number} of {options.rounds}: {server.title:<12} {result['per_s']:>9,} connections/s, "
                  f"{result['us']:.2f} us each, {result['failed']} failed", flush=True)
    lab.del_spaces()
    print(machine.head(about, options))
    print(f"connections that are opened, used once and closed, {options.connections} at a time, by wadi-bench on core 1; server on "
          f"core 0\n\n{'server':<14}{'connections/s':>15}{'lowest':>10}{'highest':>10}{'failed':>8}{'us':>8}{'us, core 1':>12}")
    for name, rounds in results.items():
        rates = [one["per_s"] for one in rounds]
        middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        print(f"{name:<14}{middle['per_s']:>15,.0f}{min(rates):>10,}{max(rates):>10,}{middle['failed']:>8.0f}"
              f"{middle['us']:>8.2f}{middle['client_us']:>12.2f}")
    print("\nus: what the server's threads run for a connection while another program takes half of core 0;\n"
          "us, core 1: softirqs there, where the kernel receives for the server")
    for mine, theirs, what in (("wadi-bench", "nginx, 204", "an answer of no bytes"), ("wadi-dns", "NSD", "a query of DNS")):
        options.sheet.add(f"a new connection for {what}", "connections/s", {name: results[name] for name in (mine, theirs)})
        pairs = list(zip(results[mine], results[theirs]))
        rate = statistics.median(one["per_s"] / max(1, other["per_s"]) for one, other in pairs)
        cost = statistics.median(other["us"] / max(0.01, one["us"]) for one, other in pairs)
        print(f"{mine} has {rate:.2f} times the connections of {theirs}, and {cost:.2f} times less processor time for each")
    keep(options, about, bench="tcp-conns", results=results)


MEMIF = [("requests and answers, 64 connections", "kept", "kept", "64", 1500),
         ("new connections", "each", "each", "256", 1500),
         ("bulk, frames of 1,500 bytes", "send", "receive", "4", 1500),
         ("bulk, frames of 9,000 bytes", "send", "receive", "4", 9000)]


def measure_memif(lab, mode, served, conns, mtu, seconds):
    link = lab.tmp / "link"
    link.unlink(missing_ok=True)
    device = f"memif:{link}" + f",bsize={4096 if mtu > 2000 else 2048}"
    sizes = ["--set", f"ports[0].mtu={mtu}"]
    base = [lab.program("wadi-bench"), "tcp"]
    server = subprocess.Popen(pinned(lab.server_core, *base, "--listen", 7, "--mode", served, "--connections", 65536,
                                     "--device", f"{device},role=server", "--from", "10.54.0.2/24", *sizes),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(50):
            if link.exists():
                break
            time.sleep(0.1)
        froms = [word for address in MEMIF_ADDRESSES for word in ("--from", address)]
        return report(subprocess.run(pinned(lab.client_core, *base, "--json", "--to", "10.54.0.2:7", "--mode", mode,
                                            "--connections", conns, "--device", f"{device},role=client", *froms, "--warm-up", 500,
                                            "--duration", seconds, *sizes), text=True, capture_output=True))
    finally:
        server.terminate()
        server.wait()


def pinned(core, *words):
    return ["taskset", "-c", *map(str, (core, *words))]


def bench_memif(lab, options, about):
    results = {}
    for number in range(1, options.rounds + 1):
        for name, *how in MEMIF:
            result = measure_memif(lab, *how, options.seconds)
            gbit = result.get("sent_bytes", 0) * 8 / max(1, result.get("duration_us", 1)) / 1000
            figure = gbit if how[0] == "send" else result["answers_per_s"]
            results.setdefault(name, []).append(figure)
            print(f"round {number} of {options.rounds}: {name}: {figure:,.2f} {'Gbit/s' if how[0] == 'send' else '/s'}"
                  f"{' ' + result['error'] if result.get('error') else ''}", flush=True)
    print(machine.head(about, options))
    print(f"wadi-bench tcp with itself over memif, one core each side\n\n{'':<40}{'median':>14}{'lowest':>14}{'highest':>14}")
    for name, of in results.items():
        print(f"{name:<40}{statistics.median(of):>14,.2f}{min(of):>14,.2f}{max(of):>14,.2f}")
    keep(options, about, bench="tcp-memif", results=results)
    for name, of in results.items():
        options.sheet.add(f"memif, {name}", "Gbit/s" if name.startswith("bulk") else "/s", {"wadi-bench": [{"per_s": one} for one in of]})
