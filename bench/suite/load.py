# load: programs that ask. wadi-bench is the one that measures; kxdpgun checks it
# on one row.
import json
import re
import shlex
import signal
import subprocess
import time

from suite.lab import command
from suite.server import Trouble

LOSS = 0.001  # of the queries may stay without an answer at the highest rate


def run(lab, *words):
    done = subprocess.run(lab.on_client(*words), capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


class WadiBench:
    """This tree's generator, past the kernel, at an address of its own."""
    name = "wadi-bench"
    TRANSPORT = {"udp": [], "tcp": ["--tcp", "--sources", 50], "tcp-each": ["--tcp-each", "--sources", 256]}
    BRIEF = ["--warm-up", 100, "--timeout", 400]
    # Over shared memory the first tenth of a second, with cold caches, makes queries wait for another one.
    STEADY = ["--warm-up", 1000]

    def __init__(self, lab, scenario, queries, options, device):
        self.lab, self.queries, self.seconds = lab, queries, options.seconds
        self.precision = ["--set", f"dns.precision_ppm={options.precision_ppm}"]
        families = ["--to-ipv6", lab.server_address6, "--ipv6-share", scenario.ipv6_share, "--from", f"{lab.load_address6}/64"]
        self.words = [lab.program("wadi-bench"), "dns", "--to", lab.server_address, "--device", device, "--from",
                      f"{lab.load_address}/24", *(families if scenario.ipv6_share else []), "--queries", queries,
                      "--order", "uniform", "--json", *self.TRANSPORT[scenario.transport],
                      *(["--dnssec"] if scenario.want_dnssec else [])]

    def command(self):
        """As a shell takes it."""
        return shlex.join(map(str, self.words))

    def run(self, *words):
        return read_result(subprocess.run(self.lab.on_client(*self.words, *words), capture_output=True, text=True))

    def find_max(self, near=None):
        """The highest rate, searched from one that was found before; without one from what comes with a window."""
        near = near or self.run("--window", 500, "--duration", 1, *self.BRIEF)["answers_per_s"]
        found = self.run("--find-max", "--loss-ppm", round(LOSS * 1e6), "--searches", 1, "--rate", max(1000, round(near * 0.9)),
                         "--duration", self.seconds, *self.precision, *self.BRIEF)
        if not found["find_max"]["rate"]:
            raise Trouble(f"no rate was found at which at most {LOSS:.1%} of the queries got no answer")
        return {"rate": found["find_max"]["rate"], "limit": "the load" if found["find_max"]["generator_limited"] else None,
                "wrong": found["wrong"] + found["broken"]}

    def steady(self, rate, until=None):
        """At a rate for a while; with an event, until that is set."""
        if until is None:
            return in_short(self.run("--rate", rate, "--duration", self.seconds, *self.STEADY))
        process = subprocess.Popen(self.lab.on_client(*self.words, "--rate", rate, "--duration", 600, "--warm-up", 0),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until.wait()
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate()
        return in_short(read_result(subprocess.CompletedProcess(process.args, process.returncode, out, errors)))


def in_short(found):
    late = found["latency_us"]
    warm_up = found["warm_up_ms"] * 1000 / found["duration_us"] if found["duration_us"] else 0
    return {"answers": found["answered"], "answers_per_s": found["answers_per_s"],
            "answers_all": round(found["answered"] * (1 + warm_up)),  # with those of the warm-up
            "lost": found["lost"], "p50_us": late.get("50"), "p90_us": late.get("90"),
            "p99_us": late.get("99"), "p999_us": late.get("99.9"), "wrong": found.get("wrong", 0)}


def read_result(done):
    try:
        return json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise Trouble(f"wadi-bench: {done.stderr.strip() or done.stdout.strip() or done.returncode}") from None


class Kxdpgun:
    """Knot's generator; it asks from the client's kernel address by XDP."""
    name, program = "kxdpgun", "kxdpgun"

    def __init__(self, lab, queries, seconds):
        self.lab, self.queries, self.seconds = lab, queries, seconds

    @staticmethod
    def version():
        return command("kxdpgun", "--version", check=False).strip()

    def step(self, rate):
        """Answers a second, and the part of the queries that got none, at that rate."""
        for _ in range(3):
            _, text, errors = run(self.lab, "kxdpgun", "-F", "1s1", "-b", "32", "-t", self.seconds, "-Q", rate,
                                  "-i", self.queries, self.lab.server_address)
            sent = re.search(r"total (?:queries|connections|SYNs|.*?):\s+(\d+) ", text)
            got = re.search(r"total replies:\s+(\d+) \((\d+) pps\)", text)
            if sent and got and int(sent[1]):
                return int(got[2]), max(0, 1 - int(got[1]) / int(sent[1]))
            time.sleep(0.5)
        raise Trouble(f"kxdpgun tells no rates: {text.strip()} {errors.strip()}")

    def find_max(self, near=None):
        """The rate is raised until two steps bring no more, from a bit below the one that another
        generator found."""
        best, misses, rate = 0, 0, near * 0.85 if near else 100_000
        try:
            while misses < 2 and rate < 6_000_000:
                answers, _ = self.step(int(rate))
                misses = 0 if answers > best * 1.02 else misses + 1
                best = max(best, answers)
                rate *= 1.2
        finally:
            self.lab.clear_client()
        return {"rate": best}


def of(lab, scenario, server, queries, options, folder):
    """The generator for a server whose folder that is, on the server's wire."""
    device = f"memif:{folder}/memif,role=client" if server.wire == "memif" else f"af_xdp:{lab.client_iface}"
    return WadiBench(lab, scenario, queries, options, device)
