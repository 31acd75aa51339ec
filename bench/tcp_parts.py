# tcp_parts: the parts of tools/bench tcp beside the lossy line of bench/tcp.py: fairness at a bottleneck
# that wadi's flows share with the kernel's; connections that are opened, used once and closed, from
# wadi's servers and the kernel's; and wadi with itself over memif, one core each side. wadi-bench tcp is
# the load of the last two.
import contextlib
import json
import shutil
import statistics
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import dns_tcp
import effort
import wire
from wire import CLIENT, SERVER, command

FLOWS = 2  # of each sender
FAIR_SECONDS = 30  # at least: windows need that long to find their shares
CLIENTS = 16  # addresses: ports of connections in TIME-WAIT are not used again at once
HTTP = b"GET / HTTP/1.0\r\n\r\n"
MEMIF_ADDRESSES = [f"10.54.0.{n}/24" for n in range(10, 10 + CLIENTS)]


def head(about, options):
    print(f"\n{about['date']}, {about['cpu']}, {about['cores']} cores, kernel {about['kernel']}, wadi {about['commit']}; "
          f"{options.rounds} rounds of {options.seconds} s; other load at start {about['load_1min']}")


def keep(options, about, **result):
    if options.json:
        with open(options.json, "a") as out:
            out.write(json.dumps(about | result) + "\n")


def jain(rates):
    return sum(rates) ** 2 / (len(rates) * sum(rate * rate for rate in rates))


def share(receive, senders, seconds):
    """Bytes a second of each flow, all of which run at the same time."""
    rates, threads = {}, []
    for name, address in senders.items():
        for n in range(FLOWS):
            def one(key=(name, n), address=address):
                rates[key] = receive(address, seconds)
            threads.append(threading.Thread(target=one))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rates


def bench_fair(options, about, senders_on, receive, senders):
    """senders_on: a context in which both senders are at one end of an impaired line."""
    impairment = f"rate={options.mbit:g}Mbit,queue=50ms,delay={options.rtt_ms / 2:g}ms"
    indices, shares = [], []
    with senders_on(impairment):
        for number in range(1, options.rounds + 1):
            rates = share(receive, senders, max(options.seconds, FAIR_SECONDS))
            indices.append(jain(list(rates.values())))
            shares.append(sum(rate for (name, _), rate in rates.items() if name == "wadi") / sum(rates.values()))
            print(f"round {number} of {options.rounds}: Jain's index {indices[-1]:.3f}, wadi's share {shares[-1]:.0%}, "
                  + ", ".join(f"{name} {rate / 1e6:.2f} MB/s" for (name, _), rate in sorted(rates.items())), flush=True)
    head(about, options)
    print(f"{FLOWS} flows of wadi and {FLOWS} of the kernel's CUBIC through {impairment}\n"
          f"Jain's index: median {statistics.median(indices):.3f}, lowest {min(indices):.3f}; "
          f"wadi's share: median {statistics.median(shares):.0%} of 50 %")
    keep(options, about, bench="tcp-fair", impairment=impairment, jain=indices, share=shares)


def load(core, *words):
    """What wadi-bench tcp reports; nothing when it fails."""
    done = subprocess.run([*(["ip", "netns", "exec", CLIENT] if core == "wire" else []), "taskset", "-c", "1",
                           str(wire.program("wadi-bench")), "tcp", "--json", *words], text=True, capture_output=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {"answers_per_s": 0, "failed": 0, "error": done.stderr[-500:]}


def nginx(tmp):
    (tmp / "nginx.conf").write_text(f"""daemon off; master_process off; pid {tmp}/nginx.pid; error_log {tmp}/nginx.log;
worker_rlimit_nofile 65536;
events {{ worker_connections 32768; multi_accept on; }}
http {{ access_log off; server_tokens off;
  server {{ listen 10.53.0.2:80 backlog=65535; keepalive_timeout 0; location / {{ return 204; }} }} }}
""")
    return ["nginx", "-c", str(tmp / "nginx.conf"), "-p", str(tmp)]


class Plain(wire.Server):
    """A server that answers no DNS queries."""

    def __init__(self, name, words, port, **more):
        super().__init__(name, words, answers=False, **more)
        self.port = port

    def await_answer(self, process, tmp):
        for _ in range(50):
            done = subprocess.run(["ip", "netns", "exec", CLIENT, "nc", "-z", "-w", "1", "10.53.0.2", str(self.port)])
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"tools/bench: {self.name} does not listen: {(tmp / 'server.log').read_text()[-500:]}")


def conn_servers(tmp, options):
    """Each with its port, the file of its request, and the bytes of its answer (0: it closes). Not Knot's XDP
    mode, which drops data that comes with the acknowledgement of its SYN: bench/dns_tcp.py compares with it."""
    query = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + b"\2h1\5bench\7example\0" + struct.pack("!2H", 1, 1)
    (tmp / "query").write_bytes(struct.pack("!H", len(query)) + query)
    (tmp / "http").write_bytes(HTTP)
    mine = [str(wire.program("wadi-bench")), "tcp", "--listen", "80", "--device", "af_xdp:w0", "--from", "10.53.0.2/24",
            "--connections", "65536", "--request-bytes", str(len(HTTP)), "--answer-bytes", "100"]
    dns = {server.name: server for server in dns_tcp.servers_for(tmp, options)}
    answer = 2 + len(query) + 16
    return [(Plain("wadi-bench", mine, 80, kernel=False), 80, "http", 100),
            (Plain("nginx, 204", nginx(tmp), 80), 80, "http", 0),
            (dns["wadi-dns"], 53, "query", answer),
            (dns["NSD"], 53, "query", answer)]


def measure_conns(server, port, request, answer, tmp, options):
    froms = [word for n in range(CLIENTS) for word in ("--from", f"10.53.0.{100 + n}/24")]
    words = ["--to", f"10.53.0.2:{port}", "--mode", "each", "--request", str(tmp / request), "--answer-bytes", str(answer),
             "--connections", str(options.connections), "--device", "af_xdp:w1", *froms, "--warm-up", "500",
             "--duration", str(options.seconds)]
    with server.running(tmp) as process:
        result = load("wire", *words)
        with effort.hog():
            before, ran = effort.core_times()[1], effort.ran_ns(process)
            hogged = load("wire", *words)
            after, ran = effort.core_times()[1], effort.ran_ns(process) - ran
    # The warm-up's connections cost the same.
    all_of = max(1, hogged["answers_per_s"] * (options.seconds + 0.5))
    ticks = sum(after[kind] - before[kind] for kind in ("irq", "softirq"))
    return {"per_s": result["answers_per_s"], "failed": result["failed"], "us": ran / 1000 / all_of,
            "client_us": ticks * 1e6 / effort.TICKS_PER_S / all_of}


def bench_conns(options, about):
    results = {}
    with wire.laboratory(options.names) as tmp:
        # Servers behind the kernel leave checksums to a device that is not there.
        command("ip", "netns", "exec", SERVER, "ethtool", "-K", "w0", "tx", "off")
        command("ip", "netns", "exec", SERVER, "sysctl", "-qw", "net.core.somaxconn=65535", "net.ipv4.tcp_max_syn_backlog=65535",
                "net.ipv4.tcp_syncookies=0")
        for number in range(1, options.rounds + 1):
            for server, *how in conn_servers(tmp, options):
                result = measure_conns(server, *how, tmp, options)
                results.setdefault(server.name, []).append(result)
                print(f"round {number} of {options.rounds}: {server.name:<12} {result['per_s']:>9,} connections/s, "
                      f"{result['us']:.2f} us each, {result['failed']} failed", flush=True)
    head(about, options)
    print(f"connections that are opened, used once and closed, {options.connections} at a time, by wadi-bench on core 1; server on "
          f"core 0\n\n{'server':<14}{'connections/s':>15}{'lowest':>10}{'highest':>10}{'failed':>8}{'us':>8}{'us, core 1':>12}")
    for name, rounds in results.items():
        rates = [one["per_s"] for one in rounds]
        middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        print(f"{name:<14}{middle['per_s']:>15,.0f}{min(rates):>10,}{max(rates):>10,}{middle['failed']:>8.0f}"
              f"{middle['us']:>8.2f}{middle['client_us']:>12.2f}")
    print("\nus: what the server's threads run for a connection while another program takes half of core 0;\n"
          "us, core 1: softirqs there, where the kernel receives for the server")
    for mine, theirs in (("wadi-bench", "nginx, 204"), ("wadi-dns", "NSD")):
        pairs = list(zip(results[mine], results[theirs]))
        rate = statistics.median(one["per_s"] / max(1, other["per_s"]) for one, other in pairs)
        cost = statistics.median(other["us"] / max(0.01, one["us"]) for one, other in pairs)
        print(f"{mine} has {rate:.2f} times the connections of {theirs}, and {cost:.2f} times less processor time for each")
    keep(options, about, bench="tcp-conns", results=results)


MEMIF = [("requests and answers, 64 connections", "kept", "kept", "64", 1500),
         ("new connections", "each", "each", "256", 1500),
         ("bulk, frames of 1,500 bytes", "send", "receive", "4", 1500),
         ("bulk, frames of 9,000 bytes", "send", "receive", "4", 9000)]


def measure_memif(tmp, mode, served, conns, mtu, seconds):
    link = tmp / "link"
    link.unlink(missing_ok=True)
    more = ["--set", f"ports[0].mtu={mtu}"]
    device = f"memif:{link}" + f",bsize={4096 if mtu > 2000 else 2048}"
    server = subprocess.Popen(["taskset", "-c", "0", str(wire.program("wadi-bench")), "tcp", "--listen", "7", "--mode", served,
                               "--connections", "65536", "--device", f"{device},role=server", "--from", "10.54.0.2/24", *more],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(50):
            if link.exists():
                break
            time.sleep(0.1)
        return load("memif", "--to", "10.54.0.2:7", "--mode", mode, "--connections", conns, "--device", f"{device},role=client",
                    *[word for address in MEMIF_ADDRESSES for word in ("--from", address)], "--warm-up", "500",
                    "--duration", str(seconds), *more)
    finally:
        server.terminate()
        server.wait()


def bench_memif(options, about):
    results = {}
    tmp = Path(tempfile.mkdtemp(prefix="wadi-bench."))
    try:
        with wire.first_among_programs():
            for number in range(1, options.rounds + 1):
                for name, *how in MEMIF:
                    result = measure_memif(tmp, *how, options.seconds)
                    gbit = result.get("sent_bytes", 0) * 8 / max(1, result.get("duration_us", 1)) / 1000
                    figure = gbit if how[0] == "send" else result["answers_per_s"]
                    results.setdefault(name, []).append(figure)
                    print(f"round {number} of {options.rounds}: {name}: {figure:,.2f} {'Gbit/s' if how[0] == 'send' else '/s'}"
                          f"{' ' + result['error'] if result.get('error') else ''}", flush=True)
    finally:
        shutil.rmtree(tmp, True)
    head(about, options)
    print(f"wadi-bench tcp with itself over memif, one core each side\n\n{'':<40}{'median':>14}{'lowest':>14}{'highest':>14}")
    for name, of in results.items():
        print(f"{name:<40}{statistics.median(of):>14,.2f}{min(of):>14,.2f}{max(of):>14,.2f}")
    keep(options, about, bench="tcp-memif", results=results)
