# lab: the wire of a run: two namespaces and a veth pair, huge pages, a folder; all of it is
# gone when the run ends, however it ends. What a run that was killed has left is cleared by the next.
import contextlib
import ctypes
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from suite.server import RELOADED, Trouble

ROOT = Path(__file__).resolve().parent.parent.parent
HUGE_PAGES, HUGE_PAGES_WANTED = Path("/proc/sys/vm/nr_hugepages"), 512
PREFIX = "wadi-suite"
NOERROR = 0
# Runs a command in another Debian, with this machine's devices and the run's folder.
ENTER = """
set -e
root=$1 tmp=$2
shift 2
for folder in /proc /sys /dev "$tmp"; do
	mkdir -p "$root$folder"
	mount --rbind "$folder" "$root$folder"
done
exec chroot "$root" "$@"
"""
CLONE_NEWNET = 0x40000000


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
    server_iface, client_iface = "w0", "w1"
    server_core, client_core = 0, 1

    def __init__(self, programs):
        self.programs = programs  # the folder with this tree's own programs
        self.server_space, self.client_space = (f"{PREFIX}-{side}-{os.getpid()}" for side in ("server", "client"))
        self.tmp = None

    def program(self, name):
        for path in sorted(self.programs.rglob(name)):
            if path.is_file() and os.access(path, os.X_OK):
                return path
        raise Trouble(f"{self.programs} holds no {name}; build it first (tools/test build)")

    @contextlib.contextmanager
    def standing(self, first=True):
        """first: this run has precedence over other programs."""
        with contextlib.ExitStack() as stack:
            clear_leftovers()
            self.tmp = Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}."))
            stack.callback(shutil.rmtree, self.tmp, True)
            self.tmp.chmod(0o755)
            stack.enter_context(huge_pages(self.tmp))
            if first:
                stack.enter_context(first_among_programs())
            stack.callback(self.take_down)
            self.set_up()
            yield self

    def set_up(self):
        for name in self.server_space, self.client_space:
            command("ip", "netns", "add", name)
            command("ip", "-n", name, "link", "set", "lo", "up")
        command("ip", "link", "add", self.server_iface, "netns", self.server_space, "type", "veth",
                "peer", "name", self.client_iface, "netns", self.client_space)
        for name, iface in (self.server_space, self.server_iface), (self.client_space, self.client_iface):
            self.sysctl(name, f"net.ipv6.conf.{iface}.disable_ipv6=1")
            command("ip", "-n", name, "link", "set", iface, "up")
            # veth leaves checksums to a device that is not there; whoever reads by XDP sees that.
            command("ip", "netns", "exec", name, "ethtool", "-K", iface, "tx", "off")
        # Ports of connections that have ended are used again within a minute.
        self.sysctl(self.client_space, "net.ipv4.tcp_tw_reuse=1")
        self.sysctl(self.client_space, "net.ipv4.ip_local_port_range=1024 65535")
        command("ip", "-n", self.client_space, "addr", "add", f"{self.client_address}/24", "dev", self.client_iface)
        mac = command("ip", "-n", self.server_space, "-br", "link", "show", self.server_iface).split()[2]
        command("ip", "-n", self.client_space, "neigh", "replace", self.server_address, "lladdr", mac,
                "dev", self.client_iface)

    def sysctl(self, space, setting):
        command("ip", "netns", "exec", space, "sysctl", "-qw", setting)

    def take_down(self):
        for name in self.server_space, self.client_space:
            command("ip", "netns", "del", name, check=False)

    def prepare(self, server):
        """The server's interface as it needs it."""
        command("ip", "-n", self.server_space, "addr", "flush", "dev", self.server_iface)
        if not server.takes_interface:
            command("ip", "-n", self.server_space, "addr", "add", f"{self.server_address}/24", "dev", self.server_iface)

    def clear(self, server):
        # A process that ended badly leaves its XDP program, which blocks the next.
        command("ip", "-n", self.server_space, "link", "set", self.server_iface, "xdp", "off", check=False)

    def in_root(self, server, words):
        """The words, run in the Debian that the server comes from; the run's folder is there, too."""
        if not server.root:
            return words
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", str(server.root), str(self.tmp), *words]

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

    def ask_serial(self, sock, name, wait_s):
        """The serial that the server answers with; None without an answer."""
        sock.settimeout(wait_s)
        try:
            sock.send(question(name))
            return soa_serial(sock.recv(2000))
        except OSError:
            return None

    def await_ready(self, run, patience_s=300):
        """Waits for its first answer; of one that cannot be asked from here, that it says that it is ready.
        Returns whether it was asked."""
        begin = time.monotonic()
        asked = not (run.server.ready_file or run.server.ready_text)
        with self.client_socket() as sock:
            while self.ask_serial(sock, RELOADED, 0.002) is None if asked else not run.is_ready():
                run.must_live()
                if time.monotonic() - begin > patience_s:
                    raise Trouble(f"{run.server.title} is not ready after {patience_s} s; its last words:\n{run.tail()}")
                time.sleep(0 if asked else 0.05)
        return asked


@contextlib.contextmanager
def inside(space):
    """This thread is in that namespace for as long."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{space}") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise Trouble(f"setns {space}: {os.strerror(ctypes.get_errno())}")
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


@contextlib.contextmanager
def huge_pages(tmp):
    """As many as DPDK and wadi want; the number before is kept in the folder for a later run."""
    before = HUGE_PAGES.read_text()
    (tmp / "huge_pages").write_text(before)
    if int(before) < HUGE_PAGES_WANTED:
        HUGE_PAGES.write_text(str(HUGE_PAGES_WANTED))
    try:
        yield
    finally:
        HUGE_PAGES.write_text(before)


@contextlib.contextmanager
def first_among_programs():
    """Has the scheduler prefer this session, which it weighs as one against the others."""
    group = Path("/proc/self/autogroup")
    before = re.search(r"nice (-?\d+)", group.read_text()) if group.exists() else None
    if before:
        group.write_text("-20")
    try:
        yield
    finally:
        if before:
            group.write_text(before[1])


def clear_leftovers():
    """Namespaces and folders of runs whose process is no more."""
    for line in command("ip", "netns", "list").splitlines():
        name = line.split()[0]
        if name.startswith(PREFIX + "-") and not Path(f"/proc/{name.rpartition('-')[2]}").exists():
            for pid in command("ip", "netns", "pids", name, check=False).split():
                command("kill", "-KILL", pid, check=False)
            command("ip", "netns", "del", name, check=False)
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}-*.*"):
        if not Path(f"/proc/{folder.name.removeprefix(PREFIX + '-').partition('.')[0]}").exists():
            with contextlib.suppress(OSError):
                HUGE_PAGES.write_text((folder / "huge_pages").read_text())
            shutil.rmtree(folder, True)
