# lab: the wire of a run: two namespaces and a veth pair, and a folder, all of them in the run's jail,
# with which they go. Neighbour: jail.py.
import contextlib
import os
import random
import socket
import struct
import subprocess
import time
from pathlib import Path

from suite import jail
from suite.server import RELOADED, Trouble

ROOT = Path(__file__).resolve().parent.parent.parent
NOERROR = 0
# Runs a command in another Debian, with this machine's devices and the run's folders.
ENTER = """
set -e
root=$1
shift
for folder in /proc /sys /dev /run; do
	mount --rbind "$folder" "$root$folder"
done
exec chroot "$root" "$@"
"""


def command(*words, check=True):
    done = subprocess.run(list(map(str, words)), text=True, capture_output=True)
    if check and done.returncode:
        raise Trouble(f"{' '.join(map(str, words))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def question(name, kind=6):
    """A query for the SOA of the name."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.strip(".").split("."))
    return struct.pack("!6H", random.getrandbits(16), 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", kind, 1)


def soa_serial(answer):
    """The serial of the SOA that is the only answer; None if there is none."""
    try:
        if answer[3] & 15 != NOERROR or struct.unpack("!H", answer[6:8])[0] != 1:
            return None
        at = past_name(answer, past_name(answer, 12) + 4) + 10  # the question; owner, type, class, TTL, length
        at = past_name(answer, past_name(answer, at))
        return struct.unpack("!I", answer[at:at + 4])[0]
    except (IndexError, struct.error):
        return None


def past_name(message, at):
    while message[at] and message[at] < 192:
        at += message[at] + 1
    return at + (2 if message[at] else 1)


class Lab:
    server_address, client_address, load_address = "10.53.0.2", "10.53.0.1", "10.53.0.3"
    server_address6, client_address6, load_address6 = "fd53::2", "fd53::1", "fd53::3"
    server_iface, client_iface = "w0", "w1"
    server_space, client_space = "server", "client"
    server_core, client_core = 0, 1
    tmp = jail.FOLDER / "bench"

    def __init__(self, programs):
        self.programs = programs  # the folder with this tree's own programs

    def program(self, name):
        for path in sorted(self.programs.rglob(name)):
            if path.is_file() and os.access(path, os.X_OK):
                return path
        raise Trouble(f"{self.programs} holds no {name}; build it first (tools/test build)")

    def set_up(self, first=True):
        """first: this run has precedence over other programs."""
        self.set_up_folder(first)
        self.set_up_wire()

    def set_up_wire(self):
        self.add_spaces()
        command("ip", "link", "add", self.server_iface, "netns", self.server_space, "type", "veth",
                "peer", "name", self.client_iface, "netns", self.client_space)
        for name, iface in (self.server_space, self.server_iface), (self.client_space, self.client_iface):
            self.kernel_ipv6(name, iface, False)
            command("ip", "-n", name, "link", "set", iface, "up")
            # veth leaves checksums to a device that is not there; whoever reads by XDP sees that.
            command("ip", "netns", "exec", name, "ethtool", "-K", iface, "tx", "off")
        self.set_up_client()

    def set_up_folder(self, first=True):
        """Its part without a wire."""
        if first:
            first_among_programs()
        self.tmp.mkdir()

    def add_spaces(self):
        for name in self.server_space, self.client_space:
            command("ip", "netns", "add", name)
            command("ip", "-n", name, "link", "set", "lo", "up")

    def del_spaces(self):
        for name in self.server_space, self.client_space:
            command("ip", "netns", "del", name)

    def set_up_client(self):
        # Ports of connections that have ended are used again within a minute.
        self.sysctl(self.client_space, "net.ipv4.tcp_tw_reuse=1")
        self.sysctl(self.client_space, "net.ipv4.ip_local_port_range=1024 65535")
        self.kernel_ipv6(self.client_space, self.client_iface, True)
        for address in f"{self.client_address}/24", f"{self.client_address6}/64":
            self.add_address(self.client_space, self.client_iface, address)
        for address in self.server_address, self.server_address6:
            command("ip", "-n", self.client_space, "neigh", "replace", address, "lladdr", self.server_mac(),
                    "dev", self.client_iface)

    def server_mac(self):
        return command("ip", "-n", self.server_space, "-br", "link", "show", self.server_iface).split()[2]

    def sysctl(self, space, setting):
        command("ip", "netns", "exec", space, "sysctl", "-qw", setting)

    def kernel_ipv6(self, space, iface, on):
        self.sysctl(space, f"net.ipv6.conf.{iface}.disable_ipv6={0 if on else 1}")

    def add_address(self, space, iface, address):
        command("ip", "-n", space, "addr", "add", address, "dev", iface, *(["nodad"] if ":" in address else []))

    def prepare(self, server):
        """The server's interface as it needs it."""
        # A process that ended badly leaves its XDP program, which blocks the next.
        command("ip", "-n", self.server_space, "link", "set", self.server_iface, "xdp", "off", check=False)
        self.clear_client()
        command("ip", "-n", self.server_space, "addr", "flush", "dev", self.server_iface)
        self.kernel_ipv6(self.server_space, self.server_iface, not server.takes_interface)
        for address in () if server.takes_interface else (f"{self.server_address}/24", f"{self.server_address6}/64"):
            self.add_address(self.server_space, self.server_iface, address)

    def clear_client(self):
        """Removes the XDP program that kxdpgun leaves on the load's interface."""
        command("ip", "-n", self.client_space, "link", "set", self.client_iface, "xdp", "off", check=False)

    def in_root(self, server, words):
        """The words, run in the Debian that the server comes from; the run's folder is there, too."""
        if not server.root:
            return words
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", str(server.root), *words]

    def on_server(self, server, words, pinned=True):
        pin = ["taskset", "-c", str(self.server_core)] if pinned else []
        return ["ip", "netns", "exec", self.server_space, *pin, *self.in_root(server, words)]

    def on_client(self, *words):
        return ["ip", "netns", "exec", self.client_space, "taskset", "-c", str(self.client_core), *map(str, words)]

    def client_socket(self):
        """A UDP socket to the server from the client's namespace."""
        with inside(self.client_space):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect((self.server_address, 53))
        return sock

    def listens(self, port):
        """Whether the server takes a TCP connection."""
        with inside(self.client_space):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with sock:
            sock.settimeout(1)
            return sock.connect_ex((self.server_address, port)) == 0

    def ask_serial(self, sock, name, wait_s):
        """The serial that the server answers with; None without an answer."""
        sock.settimeout(wait_s)
        try:
            sock.send(question(name))
            return soa_serial(sock.recv(2000))
        except OSError:
            return None

    def await_ready(self, run, patience_s=300):
        """Waits for its first answer; of one that cannot be asked from here, until it is ready by its file's word.
        Returns whether it was asked."""
        begin = time.monotonic()
        asked = not (run.server.ready_file or run.server.ready_text or run.server.ready_port)
        with self.client_socket() as sock:
            while self.ask_serial(sock, RELOADED, 0.002) is None if asked else not run.is_ready():
                run.must_live()
                if time.monotonic() - begin > patience_s:
                    raise Trouble(f"{run.server.title} is not ready after {patience_s} s; its last words:\n{run.tail()}")
                time.sleep(0 if asked else 0.05)
        return asked


def of_this_tree():
    return Lab(ROOT / os.environ.get("WADI_BUILD", "build"))


@contextlib.contextmanager
def inside(space):
    """This thread is in that namespace for as long."""
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{space}") as there:
        jail.join_network(there)
        try:
            yield
        finally:
            jail.join_network(home)


def first_among_programs():
    """Has the scheduler prefer the run's session, which it weighs as one against the others."""
    group = Path("/proc/self/autogroup")
    if group.exists():
        group.write_text("-20")
