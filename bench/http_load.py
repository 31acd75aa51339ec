# http_load: wadi-web and nginx on the suite's wire and the same core: requests of 64 bytes on connections
# that stay, and with one each, plain and over TLS; files of 1 MB; over HTTP/2; and wadi-web over memif.
# wrk is the load (h2load of HTTP/2), and wadi-bench http, since wrk's core is full before the server's
# where connections are new; a row says whose limit its figure is. Rounds alternate; a figure is the median
# of a server's rounds. tools/bench is the command.
import itertools
import json
import re
import signal
import statistics
import subprocess
import textwrap
import time
from typing import NamedTuple

import tcp_parts
from suite import lab as lab_of, machine
from suite.effort import Effort, core_times, hog
from suite.server import Trouble, descendants, ran_ns
from suite.sheet import Sheet, packages

CONNECTIONS = 1, 16, 128, 1024
STREAMS = 16
WARM_UP_MS = 500
DEVICES = "af_xdp", "af_packet", "memif"
WEIGHED = ("us: what the server's threads run for a request while another program takes half of their core, so that they are always behind and "
           "wait for nothing.")
FULL = 0.9  # of a core, which counts as all of it
UNITS = {"": 1, "k": 1e3, "K": 1024, "M": 1e6, "G": 1e9}
NGINX = """
daemon off; worker_processes 1; user root; pid {tmp}/nginx.pid; error_log {tmp}/nginx.log;
worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
	client_body_temp_path {tmp}/body; proxy_temp_path {tmp}/proxy; fastcgi_temp_path {tmp}/fastcgi;
	uwsgi_temp_path {tmp}/uwsgi; scgi_temp_path {tmp}/scgi;
	open_file_cache max=100;
	server {{
		listen {address}:80 backlog=65535; listen {address}:443 ssl http2 backlog=65535;
		ssl_certificate {tmp}/cert.pem; ssl_certificate_key {tmp}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
		root {tmp}/site;
	}}
}}
"""


class Part(NamedTuple):
    kind: str
    title: str
    connections: int
    path: str = "small"
    tls: str = ""  # "": plain; as --tls of wadi-bench http
    each: bool = False
    device: str = "af_xdp"  # wadi-web's
    load: str = "wrk"
    weighs: bool = False  # processor time of a request is measured, too

    def url(self, lab):
        return f"{'https' if self.tls else 'http'}://{lab.server_address}/{self.path}"


def of_them(n):
    return f"{n:,} connection{'s' if n > 1 else ''}"


def by_wadi(part):
    return part._replace(title=f"{part.title}, by wadi-bench", load="wadi-bench", weighs=True)


KEPT = [Part("kept", of_them(n), n) for n in CONNECTIONS]
EACH = Part("each", "a new connection each", 128, each=True)
TLS = [Part("tls", f"TLS, {of_them(n)}", n, tls="full") for n in CONNECTIONS]
TLS_EACH = Part("tls-each", "TLS, a new connection each", 128, tls="full", each=True)
RESUMED = Part("tls-resumed", "TLS, a session resumed each", 128, tls="resumed", each=True)
PARTS = [*KEPT, *map(by_wadi, KEPT[1:]), EACH, by_wadi(EACH), *TLS, *map(by_wadi, TLS[1:]), TLS_EACH, by_wadi(TLS_EACH),
         by_wadi(RESUMED),
         *(Part("h2", f"HTTP/2, {of_them(n)} of {STREAMS}", n, tls="full", load="h2load") for n in CONNECTIONS[:3]),
         *(Part("files", f"files of 1 MB, {device}", 16, "large", device=device) for device in ("af_packet", "af_xdp"))]
MEMIF = [("memif", "memif, 128 connections", "kept", 128, 1), ("memif", "memif, pipelines of 16", "kept", 128, 16),
         ("memif", "memif, a new connection each", "each", 256, 1)]


def prepare(lab):
    site = lab.tmp / "site"
    site.mkdir()
    (site / "small").write_bytes(b"x" * 64)
    (site / "large").write_bytes(bytes(range(256)) * 4096)
    lab_of.command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                   "-subj", "/CN=bench", "-keyout", lab.tmp / "key.pem", "-out", lab.tmp / "cert.pem")
    (lab.tmp / "nginx.conf").write_text(NGINX.format(tmp=lab.tmp, address=lab.server_address))
    for device in f"af_xdp:{lab.server_iface}", f"af_packet:{lab.server_iface}", f"memif:{lab.tmp}/link,role=server":
        kind = device.split(":")[0]
        certificate = {"certificate": str(lab.tmp / "cert.pem"), "key": str(lab.tmp / "key.pem")}
        address = "10.54.0.2/24" if kind == "memif" else f"{lab.server_address}/24"
        (lab.tmp / f"{kind}.json").write_text(json.dumps({
            "ports": [{"name": "net0", "device": device, "ipv4": address, "pages": 32768}], "tcp_connections": 131072,
            "control": {"socket": str(lab.tmp / f"{kind}.sock")},
            "web": {"port": 80, "sites": [{"directory": str(site)}], "max_connections": 20000, "max_per_client": 20000,
                    "limits": {"max_requests": 4294967295},
                    "tls": {"enabled": True, "certificates": [certificate]}}}))


class Server:
    """A web server that runs in the lab until it is closed."""

    def __init__(self, lab, title, words, takes_interface):
        self.title, self.takes_interface = title, takes_interface
        lab.prepare(self)
        self.root = None
        self.log = open(lab.tmp / f"{title}.log", "w")
        self.process = subprocess.Popen(lab.on_server(self, [*map(str, words)]), stdout=self.log, stderr=self.log)
        for _ in range(100):
            if lab.listens(80) and lab.listens(443):
                return
            time.sleep(0.1)
        self.close()
        raise Trouble(f"{title} does not serve: {(lab.tmp / f'{title}.log').read_text()[-500:]}")

    def cpu_ns(self):
        return ran_ns(descendants(self.process.pid))

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.log.close()


def start(lab, title, device):
    words = ["nginx", "-c", lab.tmp / "nginx.conf"] if title == "nginx" else [
        lab.program("wadi-web"), "serve", "-c", lab.tmp / f"{device}.json"]
    return Server(lab, title, words, device is not None)


def number(text):
    found = re.fullmatch(r"([\d.]+)([kKMG]?)B?", text)
    return float(found[1]) * UNITS[found[2]]


def h2load(lab, seconds, part):
    words = ["h2load", "-t", 1, "-c", part.connections, "-m", STREAMS, "-D", seconds, part.url(lab)]
    done = subprocess.run(lab.on_client(*words), text=True, capture_output=True)
    rate = re.search(r"^finished in [\d.]+m?s, ([\d.]+) req/s, ([\d.]+[KMG]?)B/s", done.stdout, re.M)
    counts = re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", done.stdout)
    if not rate or not counts:
        raise Trouble(f"h2load: {done.stderr or done.stdout}")
    return {"per_s": float(rate[1]), "bytes_s": number(rate[2]), "failed": sum(map(int, counts.groups()))}


def wrk(lab, seconds, part):
    words = ["wrk", "-t", 1, "-c", part.connections, "-d", f"{seconds}s", "--latency",
             *(["-H", "Connection: close"] if part.each else []), part.url(lab)]
    done = subprocess.run(lab.on_client(*words), text=True, capture_output=True)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not rate:
        raise Trouble(f"wrk: {done.stderr or done.stdout}")
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.stdout)
    others = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    # With a connection each wrk takes the server's end for a read error.
    failed = sum(int(n) for at, n in enumerate(errors.groups()) if not (part.each and at == 1)) if errors else 0
    return {"per_s": float(rate[1]), "bytes_s": number(re.search(r"Transfer/sec:\s+(\S+)", done.stdout)[1]),
            "failed": failed + (int(others[1]) if others else 0)}


CLIENT_SETS = itertools.cycle(range(tcp_parts.CLIENT_SETS))


def wadi_bench(lab, seconds, part):
    """From addresses that the load before did not have: tcp_parts.py says why."""
    first = 16 + tcp_parts.CLIENTS * next(CLIENT_SETS)
    words = [lab.program("wadi-bench"), "http", "--json", "--to", lab.server_address, "--target", f"/{part.path}", "--length", 64,
             "--mode", "each" if part.each else "kept", "--tls", part.tls or "off", "--connections", part.connections,
             "--device", f"af_xdp:{lab.client_iface}", "--warm-up", WARM_UP_MS, "--duration", seconds,
             *(word for n in range(first, first + tcp_parts.CLIENTS) for word in ("--from", f"10.53.0.{n}/24"))]
    found = tcp_parts.report(subprocess.run(lab.on_client(*words), text=True, capture_output=True))
    if found.get("error"):
        raise Trouble(f"wadi-bench http: {found['error']}")
    return {"per_s": found["answers_per_s"], "failed": sum(found[key] for key in ("wrong", "refused", "failed"))}


LOADS = {"wrk": wrk, "h2load": h2load, "wadi-bench": wadi_bench}


class Busy:
    """From entering to leaving: the share of the time that each core was not idle."""

    def __init__(self, lab):
        self.cores = {"server": lab.server_core, "load": lab.client_core}

    def __enter__(self):
        self.before = {side: core_times(core) for side, core in self.cores.items()}
        return self

    def __exit__(self, *_):
        self.share = {}
        for side, core in self.cores.items():
            ticks = {kind: n - self.before[side][kind] for kind, n in core_times(core).items()}
            self.share[side] = 1 - (ticks["idle"] + ticks["iowait"]) / max(1, sum(ticks.values()))


def weigh(lab, seconds, part, server):
    """Microseconds that the server's threads run for a request, which do not depend on the load."""
    with hog(lab.server_core), Effort(server, lab) as effort:
        found = wadi_bench(lab, seconds, part)
    # The warm-up's requests cost the same.
    return effort.of_each(max(1, round(found["per_s"] * (seconds + WARM_UP_MS / 1000))))["cpu_ns"] / 1000


def measure(lab, seconds, part, server):
    with Busy(lab) as busy:
        result = LOADS[part.load](lab, seconds, part)
    result["busy"] = busy.share
    if part.weighs:
        result["us"] = weigh(lab, seconds, part, server)
    return result


def measure_wire(lab, options, wanted, results):
    """nginx takes all parts, and wadi-web on each device those of that device."""
    for title, device in ("wadi-web", "af_xdp"), ("wadi-web", "af_packet"), ("nginx", None):
        parts = [part for part in wanted if device in (None, part.device)]
        if not parts:
            continue
        server = start(lab, title, device)
        try:
            for part in parts:
                result = measure(lab, options.seconds, part, server)
                results.setdefault(part.title, {}).setdefault(title, []).append(result)
                print(f"  {title:<10}{part.title:<44}{result['per_s']:>12,.0f} requests/s, {result['failed']} failed", flush=True)
        finally:
            server.close()


def measure_memif(lab, options, results):
    link = lab.tmp / "link"
    words = [lab.program("wadi-web"), "serve", "-c", lab.tmp / "memif.json"]
    with open(lab.tmp / "memif.log", "w") as log:
        server = subprocess.Popen(tcp_parts.pinned(lab.server_core, *words), stdout=log, stderr=log)
    try:
        for _ in range(100):
            if link.exists():
                break
            time.sleep(0.1)
        froms = [word for address in tcp_parts.MEMIF_ADDRESSES for word in ("--from", address)]
        for _, name, mode, connections, depth in MEMIF:
            load = [lab.program("wadi-bench"), "http", "--json", "--to", "10.54.0.2", "--target", "/small", "--length", 64,
                    "--mode", mode, "--connections", connections, "--pipeline", depth, "--device", f"memif:{link},role=client",
                    *froms, "--warm-up", WARM_UP_MS, "--duration", options.seconds]
            found = tcp_parts.report(subprocess.run(tcp_parts.pinned(lab.client_core, *load), text=True, capture_output=True))
            if found.get("error"):
                raise Trouble(f"wadi-bench http: {found['error']}")
            failed = sum(found[key] for key in ("wrong", "refused", "failed"))
            results.setdefault(name, {}).setdefault("wadi-web", []).append({"per_s": found["answers_per_s"], "failed": failed})
            print(f"  wadi-web  {name:<44}{found['answers_per_s']:>12,} requests/s, {failed} failed", flush=True)
    finally:
        server.terminate()
        server.wait(20)


def middle(rounds, key="per_s"):
    return statistics.median(one[key] for one in rounds)


def limit(title, rounds):
    """Whose limit a figure is. wadi-web and wadi-bench poll, so a core of theirs is always full: of wadi-web counts what its
    requests take, and wadi-bench is the limit where the server is not. "": of neither, such as with one connection."""
    if not rounds or "busy" not in rounds[0]:
        return ""
    full = {side: statistics.median(one["busy"][side] for one in rounds) >= FULL for side in rounds[0]["busy"]}
    if "us" not in rounds[0]:
        return "load" if full["load"] else "server" if full["server"] else ""
    if title == "nginx":
        return "server" if full["server"] else "load"
    return "server" if middle(rounds) * middle(rounds, "us") >= FULL * 1e6 else "load"


def show(results):
    half = f"{'lowest':>10}{'highest':>10}{'us':>7}{'limit':>8}"
    print(f"\n{'':<44}{'wadi-web':>12}{half}{'nginx':>12}{half}{'ratio':>8}{'us':>6}{'failed':>8}")
    for name, of in results.items():
        row = f"{name:<44}"
        for title in "wadi-web", "nginx":
            rounds = of.get(title, [])
            rates = [one["per_s"] for one in rounds]
            row += f"{statistics.median(rates):>12,.0f}{min(rates):>10,.0f}{max(rates):>10,.0f}" if rates else " " * 32
            row += f"{middle(rounds, 'us'):>7.1f}" if rates and "us" in rounds[0] else " " * 7
            row += f"{limit(title, rounds):>8}"
        pairs = list(zip(of["wadi-web"], of.get("nginx", [])))
        ratios = [mine["per_s"] / max(1, theirs["per_s"]) for mine, theirs in pairs]
        costs = [theirs["us"] / max(0.01, mine["us"]) for mine, theirs in pairs if "us" in mine]
        failed = sum(one["failed"] for rounds in of.values() for one in rounds)
        print(row + (f"{statistics.median(ratios):>8.2f}" if ratios else " " * 8)
              + (f"{statistics.median(costs):>6.1f}" if costs else " " * 6) + f"{failed:>8}")
        if "1 MB" in name:
            print(f"{'  in MB/s':<44}" + "".join(f"{middle(of[title], 'bytes_s') / 1e6:>12,.0f}{'':>35}" for title in of))
    print(f"\n{textwrap.fill(WEIGHED, 120)}\nBehind the ratio: how many times more nginx's run. limit: whose core was full")


def sheet(about, lab, results):
    made = Sheet("HTTP servers side by side", "Server and load have one core each, on one veth pair or one memif; in each round every "
                 "server has its turn.", about | {"versions": packages("nginx-light", "nginx", "wrk", "nghttp2-client", "libssl3")},
                 notes=[WEIGHED], files={"nginx.conf": (lab.tmp / "nginx.conf").read_text(),
                                         **{f"wadi-web, {kind}": (lab.tmp / f"{kind}.json").read_text() for kind in DEVICES}})
    for name, of in results.items():
        made.add(name, "requests/s", of)
    return made


def bench_http(options):
    every = sorted({one[0] for one in PARTS + MEMIF})
    kinds = options.kinds.split(",") if options.kinds else every
    for kind in kinds:
        if kind not in every:
            raise Trouble(f"http has no part {kind}; it has {', '.join(every)}")
    about, lab, results = machine.about(options.command), lab_of.of_this_tree(), {}
    lab.set_up_folder(first=not options.polite)
    prepare(lab)
    wanted = [part for part in PARTS if part.kind in kinds]
    if wanted:
        lab.set_up_wire()
        for setting in "net.core.somaxconn=65535", "net.ipv4.tcp_max_syn_backlog=65535":
            lab.sysctl(lab.server_space, setting)
    for turn in range(1, options.rounds + 1):
        print(f"round {turn} of {options.rounds}", flush=True)
        if wanted:
            measure_wire(lab, options, wanted, results)
        if "memif" in kinds:
            measure_memif(lab, options, results)
    if wanted:
        lab.del_spaces()
    print(machine.head(about, options))
    print("requests/s; wrk, h2load for HTTP/2, or wadi-bench, on core 1, the server on core 0")
    show(results)
    tcp_parts.keep(options, about, bench="http", results=results)
    sheet(about, lab, results).keep(options.report)
