# http_load: wadi-web and nginx on the suite's wire and the same core, with wrk as the load: requests of 64
# bytes on connections that stay, and with one each, plain and over TLS; files of 1 MB; with h2load the same
# over HTTP/2; and wadi-web over memif with wadi-bench http on the other core. Rounds alternate; a figure is the median of a
# server's rounds. tools/bench is the command.
import json
import re
import signal
import statistics
import subprocess
import time

import tcp_parts
from suite import lab as lab_of, machine
from suite.server import Trouble

CONNECTIONS = 1, 16, 128, 1024
STREAMS = 16
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


def part(name, connections, path, scheme="http", each=False, streams=0, title=None, device="af_xdp"):
    """streams: of HTTP/2, on each connection; 0: HTTP/1.1. device: wadi-web's."""
    return name, title or f"{connections} connections", device, connections, path, scheme, each, streams


PARTS = ([part("kept", n, "small") for n in CONNECTIONS]
         + [part("each", 128, "small", each=True, title="a new connection each")]
         + [part("tls", n, "small", "https", title=f"TLS, {n} connections") for n in CONNECTIONS]
         + [part("tls-each", 128, "small", "https", True, title="TLS, a new connection each")]
         + [part("h2", n, "small", "https", streams=STREAMS, title=f"HTTP/2, {n} connections of {STREAMS}") for n in CONNECTIONS[:3]]
         + [part("files", 16, "large", title=f"files of 1 MB, {device}", device=device) for device in ("af_packet", "af_xdp")])
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


def h2load(lab, seconds, connections, path, scheme, streams):
    words = ["h2load", "-t", 1, "-c", connections, "-m", streams, "-D", seconds, f"{scheme}://{lab.server_address}/{path}"]
    done = subprocess.run(lab.on_client(*words), text=True, capture_output=True)
    rate = re.search(r"^finished in [\d.]+m?s, ([\d.]+) req/s, ([\d.]+[KMG]?)B/s", done.stdout, re.M)
    counts = re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", done.stdout)
    if not rate or not counts:
        raise Trouble(f"h2load: {done.stderr or done.stdout}")
    return {"per_s": float(rate[1]), "bytes_s": number(rate[2]), "failed": sum(map(int, counts.groups()))}


def load(lab, seconds, connections, path, scheme, each, streams):
    if streams:
        return h2load(lab, seconds, connections, path, scheme, streams)
    return wrk(lab, seconds, connections, path, scheme, each)


def wrk(lab, seconds, connections, path, scheme, each):
    words = ["wrk", "-t", 1, "-c", connections, "-d", f"{seconds}s", "--latency", *(["-H", "Connection: close"] if each else []),
             f"{scheme}://{lab.server_address}/{path}"]
    done = subprocess.run(lab.on_client(*words), text=True, capture_output=True)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not rate:
        raise Trouble(f"wrk: {done.stderr or done.stdout}")
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.stdout)
    others = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    # With a connection each wrk takes the server's end for a read error.
    failed = sum(int(n) for at, n in enumerate(errors.groups()) if not (each and at == 1)) if errors else 0
    return {"per_s": float(rate[1]), "bytes_s": number(re.search(r"Transfer/sec:\s+(\S+)", done.stdout)[1]),
            "failed": failed + (int(others[1]) if others else 0)}


def measure_wire(lab, options, wanted, results):
    """nginx takes all parts, and wadi-web on each device those of that device."""
    for title, device in ("wadi-web", "af_xdp"), ("wadi-web", "af_packet"), ("nginx", None):
        parts = [how for how in wanted if device in (None, how[2])]
        if not parts:
            continue
        server = start(lab, title, device)
        try:
            for _, name, _, *how in parts:
                result = load(lab, options.seconds, *how)
                results.setdefault(name, {}).setdefault(title, []).append(result)
                print(f"  {title:<10}{name:<32}{result['per_s']:>12,.0f} requests/s, {result['failed']} failed", flush=True)
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
                    *froms, "--warm-up", 500, "--duration", options.seconds]
            found = tcp_parts.report(subprocess.run(tcp_parts.pinned(lab.client_core, *load), text=True, capture_output=True))
            if found.get("error"):
                raise Trouble(f"wadi-bench http: {found['error']}")
            failed = sum(found[key] for key in ("wrong", "refused", "failed"))
            results.setdefault(name, {}).setdefault("wadi-web", []).append({"per_s": found["answers_per_s"], "failed": failed})
            print(f"  wadi-web  {name:<32}{found['answers_per_s']:>12,} requests/s, {failed} failed", flush=True)
    finally:
        server.terminate()
        server.wait(20)


def middle(rounds, key="per_s"):
    return statistics.median(one[key] for one in rounds)


def show(results):
    print(f"\n{'':<32}{'wadi-web':>12}{'lowest':>10}{'highest':>10}{'nginx':>12}{'lowest':>10}{'highest':>10}{'ratio':>8}{'failed':>8}")
    for name, of in results.items():
        row = f"{name:<32}"
        for title in "wadi-web", "nginx":
            rates = [one["per_s"] for one in of.get(title, [])]
            row += f"{statistics.median(rates):>12,.0f}{min(rates):>10,.0f}{max(rates):>10,.0f}" if rates else " " * 32
        ratios = [mine["per_s"] / max(1, theirs["per_s"]) for mine, theirs in zip(of["wadi-web"], of.get("nginx", []))]
        failed = sum(one["failed"] for rounds in of.values() for one in rounds)
        print(row + (f"{statistics.median(ratios):>8.2f}" if ratios else " " * 8) + f"{failed:>8}")
        if "1 MB" in name:
            print(f"{'  in MB/s':<32}" + "".join(f"{middle(of[title], 'bytes_s') / 1e6:>12,.0f}{'':>20}" for title in of))


def bench_http(options):
    kinds = options.kinds.split(",") if options.kinds else sorted({one[0] for one in PARTS + MEMIF})
    for kind in kinds:
        if kind not in {one[0] for one in PARTS + MEMIF}:
            raise Trouble(f"http has no part {kind}; it has {', '.join(sorted({one[0] for one in PARTS + MEMIF}))}")
    about, lab, results = machine.about(options.command), lab_of.of_this_tree(), {}
    lab.set_up_folder(first=not options.polite)
    prepare(lab)
    wanted = [one for one in PARTS if one[0] in kinds]
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
    print("requests/s; wrk, h2load for HTTP/2, or wadi-bench over memif, on core 1, the server on core 0")
    show(results)
    tcp_parts.keep(options, about, bench="http", results=results)
