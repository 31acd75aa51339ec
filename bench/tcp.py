# tcp: bulk data over TCP from wadi, and from the kernel with CUBIC, through the same lossy
# line to the same receiver. The line is tests/net/patch between two TAPs, with wadi's impair
# around one of them, since the kernel of the lab has no netem. Rounds alternate; a figure
# is the median of a sender's rounds. wadi is wadi-echo's chargen. tools/bench is the command.
import contextlib
import json
import signal
import statistics
import subprocess
import sys
import time

import tcp_parts
from suite import lab as lab_of, machine
from suite.lab import command
from suite.server import Trouble
from suite.sheet import Sheet, packages

PORT = 19
RECEIVE = """
import socket, sys, time
sock = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10)
end, got = time.monotonic() + float(sys.argv[3]), 0
while time.monotonic() < end:
    got += len(sock.recv(1 << 20))
print(got)
"""
SEND = """
import socket, sys, threading
listener = socket.create_server(("10.53.0.3", int(sys.argv[1])))
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
print("ready", flush=True)
def send(sock):
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\\0") == b"cubic"
    try:
        while True:
            sock.sendall(bytes(1 << 16))
    except OSError:
        sock.close()
while True:
    threading.Thread(target=send, args=(listener.accept()[0],), daemon=True).start()
"""
SENDERS = {"wadi": "10.53.0.2", "Linux, CUBIC": "10.53.0.3"}
TAPS = "wb-server", "wb-client"


@contextlib.contextmanager
def running(words, log, name=None):
    within = ["ip", "netns", "exec", name] if name else []
    with open(log, "w") as out:
        process = subprocess.Popen([*within, *words], stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def until(what, condition):
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    raise Trouble(f"{what} is not ready")


def exists(iface):
    return subprocess.run(["ip", "link", "show", iface], capture_output=True).returncode == 0


def move(lab, iface, space, address):
    until(iface, lambda: exists(iface))
    command("ip", "link", "set", iface, "netns", space)
    lab.add_address(space, iface, f"{address}/24")
    command("ip", "-n", space, "link", "set", iface, "up")


@contextlib.contextmanager
def line(lab, impairment):
    """Both senders at one end, the receiver at the other."""
    lab.add_spaces()
    cable = [lab.program("patch"), f"impair({impairment}):tap:{TAPS[0]},gso=0", f"tap:{TAPS[1]},gso=0"]
    try:
        with running(cable, lab.tmp / "patch.log"):
            move(lab, TAPS[0], lab.server_space, SENDERS["Linux, CUBIC"])
            move(lab, TAPS[1], lab.client_space, lab.client_address)
            yield
    finally:
        lab.del_spaces()


def conf(lab):
    path = lab.tmp / "echo.json"
    path.write_text(json.dumps({"ports": [{"name": "net0", "device": f"af_packet:{TAPS[0]}", "ipv4": "10.53.0.2/24",
                                           "pages": 8192}],
                                "control": {"socket": str(lab.tmp / "echo.sock")}}))
    return path


def receive(lab, address, seconds):
    """Bytes a second that one connection brings."""
    text = command("ip", "netns", "exec", lab.client_space, sys.executable, "-c", RECEIVE, address, PORT, seconds)
    return int(text) / seconds


@contextlib.contextmanager
def senders(lab, impairment):
    """wadi and the kernel, ready to send through one impaired line."""
    with line(lab, impairment), \
            running([lab.program("wadi-echo"), "serve", "-c", conf(lab)], lab.tmp / "echo.log", lab.server_space), \
            running([sys.executable, "-c", SEND, str(PORT)], lab.tmp / "linux.log", lab.server_space):
        until("wadi", lambda: (lab.tmp / "echo.sock").exists())
        until("the kernel's sender", lambda: "ready" in (lab.tmp / "linux.log").read_text())
        yield


def measure(lab, options, impairment):
    rates = {sender: [] for sender in SENDERS}
    with senders(lab, impairment):
        for number in range(1, options.rounds + 1):
            for sender, address in SENDERS.items():
                rates[sender].append(receive(lab, address, options.seconds))
            print(f"round {number} of {options.rounds}: " + ", ".join(
                f"{sender} {rates[sender][-1] / 1e6:.2f} MB/s" for sender in SENDERS), flush=True)
    return rates


def bench_lossy(lab, options, about):
    impairment = f"loss={options.loss}%,delay={options.rtt_ms / 2:g}ms"
    rates = measure(lab, options, impairment)
    print(machine.head(about, options))
    print(f"one connection, loss {options.loss} % each way, round trip {options.rtt_ms} ms\n")
    print(f"{'sender':<16}{'median MB/s':>12}{'mean':>8}{'lowest':>8}{'highest':>9}")
    for sender, of in rates.items():
        print(f"{sender:<16}{statistics.median(of) / 1e6:>12.2f}{statistics.mean(of) / 1e6:>8.2f}"
              f"{min(of) / 1e6:>8.2f}{max(of) / 1e6:>9.2f}")
    mine, theirs = (statistics.mean(rates[sender]) for sender in SENDERS)
    print(f"\nwadi's mean is {100 * mine / theirs:.0f} % of the kernel's")
    tcp_parts.keep(options, about, bench="tcp", loss=options.loss, rtt_ms=options.rtt_ms, rates=rates)
    options.sheet.add(f"one connection, {options.loss:g} % lost each way, round trip {options.rtt_ms} ms", "MB/s",
                      {sender: [{"per_s": rate / 1e6} for rate in of] for sender, of in rates.items()})


def bench_tcp(options):
    about = machine.about(options.command)
    lab = lab_of.of_this_tree()
    parts = {"lossy": lambda: bench_lossy(lab, options, about),
             "fair": lambda: tcp_parts.bench_fair(lab, options, about, senders, receive, SENDERS),
             "conns": lambda: tcp_parts.bench_conns(lab, options, about),
             "memif": lambda: tcp_parts.bench_memif(lab, options, about)}
    wanted = options.kinds.split(",") if options.kinds else list(parts)
    for part in wanted:
        if part not in parts:
            raise Trouble(f"tcp has no part {part}; it has {', '.join(parts)}")
    lab.set_up_folder(first=not options.polite)
    options.sheet = Sheet("TCP side by side", "Bulk data through a lossy line, connections with one request each on a veth pair, and wadi with "
                          "itself over memif; in each round every server has its turn.",
                          about | {"versions": packages("nginx-light", "nginx", "nsd")})
    for part in wanted:
        parts[part]()
    options.sheet.keep(options.report)
