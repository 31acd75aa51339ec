# wire: servers on one wire of this machine: a veth pair between two namespaces, the server
# on core 0, kxdpgun on core 1. What the latter finds depends on the machine and its
# neighbours, hence rounds that interleave the servers, medians, and DPDK's testpmd on
# the same wire as the yardstick. tools/bench is the command.
import contextlib
import json
import os
import platform
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from suite.lab import first_among_programs

ROOT = Path(__file__).resolve().parent.parent
SERVER, CLIENT = f"wadi-bench-server-{os.getpid()}", f"wadi-bench-client-{os.getpid()}"
HUGE_PAGES = Path("/proc/sys/vm/nr_hugepages")
HUGE_PAGES_WANTED = 256


def command(*words, check=True):
    done = subprocess.run(words, text=True, capture_output=True)
    if check and done.returncode:
        sys.exit(f"tools/bench: {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@contextlib.contextmanager
def huge_pages():
    before = int(HUGE_PAGES.read_text())
    if before < HUGE_PAGES_WANTED:
        HUGE_PAGES.write_text(str(HUGE_PAGES_WANTED))
    try:
        yield
    finally:
        HUGE_PAGES.write_text(str(before))


def kernel_ipv6(name, iface, on):
    command("ip", "netns", "exec", name, "sysctl", "-qw",
            f"net.ipv6.conf.{iface}.disable_ipv6={0 if on else 1}")


@contextlib.contextmanager
def wire():
    """Two namespaces and a veth pair; whatever hangs on it goes with them."""
    try:
        for name in SERVER, CLIENT:
            command("ip", "netns", "add", name)
            command("ip", "-n", name, "link", "set", "lo", "up")
        command("ip", "link", "add", "w0", "netns", SERVER, "type", "veth",
                "peer", "name", "w1", "netns", CLIENT)
        for name, iface in (SERVER, "w0"), (CLIENT, "w1"):
            kernel_ipv6(name, iface, False)
            command("ip", "-n", name, "link", "set", iface, "up")
        # veth leaves checksums to a device that is not there; a server behind XDP sees that.
        command("ip", "netns", "exec", CLIENT, "ethtool", "-K", "w1", "tx", "off")
        command("ip", "-n", CLIENT, "addr", "add", "10.53.0.1/24", "dev", "w1")
        mac = command("ip", "-n", SERVER, "-br", "link", "show", "w0").split()[2]
        command("ip", "-n", CLIENT, "neigh", "replace", "10.53.0.2", "lladdr", mac, "dev", "w1")
        yield
    finally:
        for name in SERVER, CLIENT:
            command("ip", "netns", "del", name, check=False)


class Server:
    """A process on core 0; kernel: it uses the kernel's addresses of w0, not its own."""

    def __init__(self, name, words, kernel=True, answers=True, ipv6=False):
        self.name, self.words, self.kernel, self.answers, self.ipv6 = name, words, kernel, answers, ipv6

    @contextlib.contextmanager
    def running(self, tmp):
        command("ip", "-n", SERVER, "addr", "flush", "dev", "w0")
        kernel_ipv6(SERVER, "w0", self.kernel and self.ipv6)
        if self.kernel:
            command("ip", "-n", SERVER, "addr", "add", "10.53.0.2/24", "dev", "w0")
        if self.kernel and self.ipv6:
            command("ip", "-n", SERVER, "addr", "add", "fd53::2/64", "dev", "w0", "nodad")
        log = open(tmp / "server.log", "w")
        pin = [] if self.name.startswith("testpmd") else ["taskset", "-c", "0"]
        process = subprocess.Popen(["ip", "netns", "exec", SERVER, *pin, *self.words], stdout=log,
                                   stderr=log, stdin=subprocess.PIPE)
        try:
            self.await_answer(process, tmp)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            # A process that ended badly leaves its XDP program, which blocks the next.
            command("ip", "-n", SERVER, "link", "set", "w0", "xdp", "off", check=False)

    def await_answer(self, process, tmp):
        for _ in range(25):
            if process.poll() is not None:
                break
            if not self.answers and "Press enter" in (tmp / "server.log").read_text():
                return
            if self.answers and "NOERROR" in command(
                    "ip", "netns", "exec", CLIENT, "dig", "@10.53.0.2", "+tries=1", "+time=1",
                    "bench.example", "SOA", check=False):
                return
            time.sleep(0.2)
        tail = (tmp / "server.log").read_text()[-1500:]
        sys.exit(f"{tail}\ntools/bench: {self.name} does not answer; its last words are above")


def load(queries, rate, seconds):
    """Replies a second that kxdpgun counts when it sends at the rate; all are NOERROR."""
    for _ in range(3):
        text = command("ip", "netns", "exec", CLIENT, "taskset", "-c", "1", "kxdpgun", "-F", "1s1",
                       "-b", "32", "-t", str(seconds), "-Q", str(rate), "-i", str(queries),
                       "10.53.0.2", check=False)
        found = re.search(r"total replies:\s+(\d+) \((\d+) pps\)", text)
        sound = re.search(r"responded NOERROR:\s+(\d+)", text)
        if found and sound and found[1] == sound[1]:
            return int(found[2])
        time.sleep(0.5)
    sys.exit(f"{text}\ntools/bench: kxdpgun does not report sound replies (above)")


def peak(queries, seconds):
    """The most replies a second: the rate is raised until three steps bring no more.

    Three, for on a shared machine a step may fall into somebody else's second.
    """
    best, misses, rate = 0, 0, 150_000
    while misses < 3 and rate < 5_000_000:
        replies = load(queries, rate, seconds)
        misses = 0 if replies > best * 1.02 else misses + 1
        best = max(best, replies)
        rate = int(rate * 1.15)
    return best


def write_zone(tmp, names):
    random.seed(1)
    with open(tmp / "bench.zone", "w") as zone:
        zone.write("$ORIGIN bench.example.\n$TTL 300\n@ SOA ns hostmaster 1 3600 900 604800 300\n"
                   "@ NS ns\nns A 10.53.0.2\n")
        for n in range(names):
            zone.write(f"h{n} A 10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\n")
    with open(tmp / "queries", "w") as queries:
        for _ in range(names):
            queries.write(f"h{random.randrange(names)}.bench.example. A\n")


def write_wadi(tmp, name, origin, zone, device="af_xdp:w0", idle="adaptive", sandbox=True, tcp=None):
    (tmp / name).write_text(json.dumps({
        "idle": idle,
        "sandbox": {"enabled": sandbox},
        "ports": [{"name": "net0", "device": device, "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64"}],
        "control": {"socket": str(tmp / "dns.sock")},
        "tcp_connections": max(16384, 2 * (tcp or {}).get("max_connections", 0)),
        "dns": {"zones": [{"origin": origin, "file": str(zone)}], "rate_limit": {"enabled": False}, "tcp": tcp or {}}}))
    return [str(program("wadi-dns")), "serve", "-c", str(tmp / name)]


def write_nsd(tmp, addresses=("10.53.0.2",)):
    listen = "".join(f"  ip-address: {address}\n" for address in addresses)
    (tmp / "nsd.conf").write_text(f"""server:
{listen}  server-count: 1
  username: ""
  database: ""
  zonesdir: "{tmp}"
  pidfile: "{tmp}/nsd.pid"
  xfrdfile: "{tmp}/xfrd.state"
  zonelistfile: "{tmp}/zone.list"
  xfrdir: "{tmp}"
  rrl-ratelimit: 0
  tcp-count: 2000
remote-control:
  control-enable: no
zone:
  name: bench.example
  zonefile: bench.zone
""")
    return ["nsd", "-d", "-c", str(tmp / "nsd.conf")]


def write_bind(tmp):
    (tmp / "named.conf").write_text(f"""options {{
  directory "{tmp}"; pid-file "{tmp}/named.pid"; session-keyfile "{tmp}/session.key";
  listen-on {{ 10.53.0.2; }}; listen-on-v6 {{ none; }}; recursion no; minimal-responses yes;
}};
controls {{ }};
zone "bench.example" {{ type primary; file "bench.zone"; }};
""")
    return ["named", "-g", "-n", "1", "-c", str(tmp / "named.conf")]


def write_knot(tmp, xdp):
    listen = "" if xdp else "    listen: 10.53.0.2\n"
    (tmp / f"knot{xdp:d}.conf").write_text(
        f"server:\n    rundir: {tmp}\n    udp-workers: 1\n    tcp-workers: 1\n{listen}"
        + ("xdp:\n    listen: w0\n    tcp: on\n" if xdp else "")
        + f"database:\n    storage: {tmp}\ntemplate:\n  - id: default\n    storage: {tmp}\n"
        + "    zonefile-load: whole\n    journal-content: none\n"
        + "zone:\n  - domain: bench.example\n    file: bench.zone\n")
    return ["knotd", "-c", str(tmp / f"knot{xdp:d}.conf")]


def program(name, folder="src/apps"):
    for path in sorted((ROOT / "build" / folder).rglob(name)):
        if path.is_file() and os.access(path, os.X_OK):
            return path
    sys.exit(f"tools/bench: build/ holds no {name}; build it first (tools/test build)")


def variant(tmp, option):
    """wadi-dns with an option of its device, another way to idle, or without its sandbox."""
    words = {"device": f"af_xdp:w0,{option}"}
    if option.startswith("idle="):
        words = {"idle": option[5:]}
    elif option == "sandbox=off":
        words = {"sandbox": False}
    return Server(f"  {option}", write_wadi(tmp, f"{option}.json", "bench.example",
                                            tmp / "bench.zone", **words), kernel=False)


def servers_for(tmp, everything, options):
    servers = [
        Server("wadi-dns", write_wadi(tmp, "dns.json", "bench.example", tmp / "bench.zone"),
               kernel=False),
        Server("NSD", write_nsd(tmp)),
        # The main thread of testpmd only waits; it sits on core 1, the forwarder on core 0.
        Server("testpmd 5tswap",
               ["stdbuf", "-oL", "dpdk-testpmd", "--in-memory", "--no-pci", "--no-telemetry",
                f"--file-prefix={SERVER}", "--lcores", "0@1,1@0",
                "--vdev", "net_af_xdp0,iface=w0", "--", "--forward-mode=5tswap", "--auto-start", "--disable-link-check",
                "--total-num-mbufs=16384"], kernel=False, answers=False),
    ]
    servers[1:1] = [variant(tmp, option) for option in options]
    if everything:
        servers += [Server("BIND", write_bind(tmp)), Server("Knot", write_knot(tmp, False)),
                    Server("Knot XDP", write_knot(tmp, True))]
    return servers


def small_zone(tmp):
    """Start to first answer, and memory, with the example zone."""
    words = write_wadi(tmp, "small.json", "example.org", ROOT / "config/zones/example.org.zone")
    firsts, resident, huge = [], 0, 0
    command("ip", "-n", SERVER, "addr", "flush", "dev", "w0")
    for _ in range(5):
        asking = subprocess.Popen(["ip", "netns", "exec", CLIENT, sys.executable,
                                   str(ROOT / "bench/first_answer.py")],
                                  stdout=subprocess.PIPE, text=True)
        time.sleep(0.3)
        begin = time.time()
        server = subprocess.Popen(["ip", "netns", "exec", SERVER, "taskset", "-c", "0", *words],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        firsts.append(int(asking.communicate()[0]) - round(begin * 1000))
        status = Path(f"/proc/{server.pid}/status").read_text()
        resident = max(resident, int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024)
        huge = max(huge, int(re.search(r"HugetlbPages:\s+(\d+)", status)[1]) // 1024)
        server.terminate()
        server.wait()
    return {"first_answer_ms": statistics.median(firsts), "resident_mb": resident,
            "huge_pages_mb": huge}


def cpu():
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.processor()


def facts():
    commit = command("git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "describe", "--always",
                     "--dirty", check=False).strip()
    return {"date": time.strftime("%Y-%m-%d"), "commit": commit, "cpu": cpu(),
            "cores": os.cpu_count(), "kernel": platform.release()}


def ratio(rounds, others):
    """Each round against the same round of another server, in which the machine was as busy."""
    return statistics.median(one / other for one, other in zip(rounds, others))


def print_table(results, small, about, options):
    print(f"\n{about['date']}, {about['cpu']}, {about['cores']} cores, kernel {about['kernel']}, "
          f"wadi {about['commit']}")
    print(f"one veth pair, server on core 0, kxdpgun on core 1, {options.names:,} names, "
          f"{options.rounds} rounds; other load at start {about['load_1min']}\n")
    median = {name: statistics.median(rounds) for name, rounds in results.items()}
    print(f"{'':<16}{'replies/s':>11}{'lowest':>11}{'highest':>11}{'of testpmd':>12}{'of NSD':>9}")
    for name, rounds in results.items():
        print(f"{name:<16}{median[name]:>11,.0f}{min(rounds):>11,}{max(rounds):>11,}"
              f"{ratio(rounds, results['testpmd 5tswap']):>12.0%}{ratio(rounds, results['NSD']):>9.2f}")
    print(f"\nwith a small zone: first answer after {small['first_answer_ms']:g} ms, "
          f"{small['resident_mb']} MB resident, {small['huge_pages_mb']} MB of huge pages")


@contextlib.contextmanager
def laboratory(names):
    """The wire and a zone for it, in a folder with which all goes again."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(first_among_programs())
        tmp = Path(tempfile.mkdtemp(prefix="wadi-bench."))
        stack.callback(shutil.rmtree, tmp)
        stack.callback(shutil.rmtree, f"/var/run/dpdk/{SERVER}", True)  # testpmd's
        tmp.chmod(0o755)
        stack.enter_context(huge_pages())
        stack.enter_context(wire())
        write_zone(tmp, names)
        yield tmp


def quiet_facts():
    """What a result is about; says so when something else runs."""
    about = facts() | {"load_1min": round(os.getloadavg()[0], 2)}
    if about["load_1min"] > 0.3:
        print(f"note: this machine is not quiet (load {about['load_1min']}); figures suffer")
    return about


def bench_wire(options):
    results = {}
    about = quiet_facts()
    with laboratory(options.names) as tmp:
        small = small_zone(tmp)
        servers = servers_for(tmp, options.all, options.with_option)
        for number in range(1, options.rounds + 1):
            for server in servers:
                with server.running(tmp):
                    best = peak(tmp / "queries", options.seconds)
                results.setdefault(server.name, []).append(best)
                print(f"round {number} of {options.rounds}: {server.name:<16}{best:>11,} replies/s",
                      flush=True)
    print_table(results, small, about, options)
    if options.json:
        with open(options.json, "a") as out:
            for name, rounds in results.items():
                line = about | {"bench": "wire", "server": name, "names": options.names,
                                "replies_per_s": statistics.median(rounds), "rounds": rounds}
                out.write(json.dumps(line | (small if name == "wadi-dns" else {})) + "\n")
