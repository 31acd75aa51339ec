# server: a server as its file in bench/servers tells: packages, configuration, how it is started,
# made to read its zones again, and stopped. Nothing here knows any server by name.
import contextlib
import dataclasses
import os
import re
import shlex
import shutil
import signal
import string
import subprocess
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "servers"
RELOADED = "bench.example"  # the zone that is asked for to know whether a server answers, and that gets a new serial
KNOWN = {"like", "title", "packages", "program", "version", "start", "reload", "stop", "takes_interface", "wire", "tcp",
         "pinned", "only_from", "is_limit", "in_quick", "ready_file", "ready_text", "ready_port", "words", "files", "zone"}


class Trouble(Exception):
    """What a person has to read; the text says what is wrong, where, and what to do."""


@dataclass
class Server:
    name: str
    title: str
    start: str
    version: str = ""
    packages: list = field(default_factory=list)
    program: str = ""               # a program of this tree, as $program
    reload: str = ""
    stop: str = "kill -TERM $pid"
    takes_interface: bool = False   # it answers at addresses of its own, not the kernel's
    wire: str = "veth"              # or memif, of which it is the server
    pinned: bool = True             # it has the server's core; if not, it sees to that itself
    only_from: str = ""             # a Debian: it takes part when servers come from that one
    in_quick: bool = True           # it takes part in --quick
    is_limit: bool = False          # it answers nothing, but turns packets round: the limit of the wire
    ready_file: str = ""            # for what cannot be asked: a file that is there when it is ready
    ready_text: str = ""            # or something that it has said
    ready_port: int = 0             # or a TCP port that it listens on
    tcp: list = field(default_factory=list)
    words: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    zone: dict = field(default_factory=dict)
    kin: str = ""                   # one name for all that are like it
    root: Path | None = None        # of another Debian, which it is taken from

    def can(self, scenario):
        if self.is_limit:
            return scenario.check
        return self.wire in scenario.wires and (scenario.transport == "udp" or scenario.transport in self.tcp)


def read(path, seen=()):
    """The file's table, laid over the table of the file that it is like."""
    try:
        table = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise Trouble(f"{path}: there is no such file; {FOLDER} holds those of the built-in servers") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Trouble(f"{path}: {fault}") from None
    unknown = sorted(set(table) - KNOWN)
    if unknown:
        raise Trouble(f"{path}: unknown key {unknown[0]}; there are {', '.join(sorted(KNOWN))}")
    if "like" not in table:
        return table | {"kin": path.stem}
    if path in seen:
        raise Trouble(f"{path}: is like itself")
    base = path.with_name(table.pop("like") + ".toml")
    below = read(base if base.exists() else FOLDER / base.name, (*seen, path))
    return below | table | {key: below.get(key, {}) | table.get(key, {}) for key in ("words", "files", "zone")}


def load(path):
    table = read(path)
    for key in ("title", "start"):
        if not isinstance(table.get(key), str):
            raise Trouble(f"{path}: {key} is missing, a string; docs/benchmarking.md shows a whole file")
    try:
        server = Server(name=path.stem, **table)
    except TypeError as fault:
        raise Trouble(f"{path}: {fault}") from None
    return server


def built_in():
    return [load(path) for path in sorted(FOLDER.glob("*.toml"))]


def variant(servers, text):
    """SERVER:WORD=TEXT: that server once more, with that word of its file or another program."""
    found = re.fullmatch(r"([^:=]+):(\w+)=(.*)", text)
    if not found:
        raise Trouble(f"--with {text}: is not SERVER:WORD=TEXT")
    name, word, value = found.groups()
    server = next((one for one in servers if one.name == name), None)
    if server is None:
        raise Trouble(f"--with {text}: there is no server {name}; there are {', '.join(one.name for one in servers)}")
    words = sorted(server.words | ({"program": ""} if server.program else {}))
    if word not in words:
        raise Trouble(f"--with {text}: {name} has no word {word}; it has {', '.join(words) or 'none'}")
    if word == "program" and not os.access(value, os.X_OK):
        raise Trouble(f"--with {text}: {value} is no program")
    return dataclasses.replace(server, name=re.sub(r"[^\w=.-]+", "_", text), title=f"{server.title}, {word}={value}",
                               words=server.words | {word: value})


def program_of(server, lab):
    """$program, of this tree, as a word."""
    return {"program": str(lab.program(server.program)) if server.program else ""}


def put(text, words, depth=3):
    """The words in place of $name, and what stands in a word in its place; $$ is a $. A name that is not there is
    the file's fault."""
    template = string.Template(text)
    try:
        if depth == 0:
            raise ValueError("a word that stands in itself")
        return template.substitute({name: put(words[name], words, depth - 1) for name in template.get_identifiers()
                                    if name in words})
    except (KeyError, ValueError) as fault:
        raise Trouble(f"a server's file has {fault} in: {text.strip()[:200]}; "
                      f"there are {', '.join('$' + word for word in sorted(words))}") from None


def shell_words(text):
    try:
        return shlex.split(text)
    except ValueError as fault:
        raise Trouble(f"a server's file has a command that no shell would take ({fault}): {text.strip()[:200]}") from None


@dataclass
class Shown:
    """What a report shows of a server: its command, and its files by name."""
    start: str
    files: dict


def descendants(pid):
    """The process and all that it started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found = {pid}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def ran_ns(pids):
    """What the threads of processes have run, by the scheduler's own measure."""
    total = 0
    for pid in pids:
        for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                total += int(path.read_text().split()[0])
    return total


class Run:
    """One server in its namespace, from its start to its end."""

    def __init__(self, server, lab, folder, zones):
        self.server, self.lab, self.folder = server, lab, folder
        self.words = {"dir": str(folder), "address": lab.server_address, "address6": lab.server_address6,
                      "client": lab.client_address, "iface": lab.server_iface, "core": str(lab.server_core),
                      "other_core": str(lab.client_core), "space": lab.server_space, "reloaded": RELOADED}
        self.words |= program_of(server, lab) | server.words
        parts = [put(server.zone.get("text", "$zone $file\n"), self.words | {"zone": zone.name, "file": str(zone.file)})
                 for zone in zones]
        self.words["zones"] = server.zone.get("join", "").join(parts)
        self.process = self.log = None

    def configure(self):
        """Writes its files; what they hold, the list of zones cut to its begin."""
        shown = Shown(" ".join(put(self.server.start, self.words).split()), {})
        for name, text in self.server.files.items():
            whole = put(text, self.words)
            (self.folder / name).write_text(whole)
            shown.files[name] = put(text, self.words | {"zones": cut(self.words["zones"])})
        return shown

    def must_be_whole(self):
        """Finds what is wrong with its file's texts before anything runs."""
        server, words = self.server, self.words | {"pid": "1"}
        for text in server.start, server.stop, server.reload, server.version:
            shell_words(put(text, words))
        for text in server.ready_file, *server.files.values():
            put(text, words)

    def spawn(self):
        self.log = open(self.folder / "log", "w")
        words = shell_words(put(self.server.start, self.words))
        self.process = subprocess.Popen(self.lab.on_server(self.server, words, self.server.pinned), stdout=self.log,
                                        stderr=self.log, stdin=subprocess.PIPE)

    def tail(self):
        return (self.folder / "log").read_text(errors="replace")[-1500:].strip()

    def must_live(self):
        if self.process.poll() is not None:
            raise Trouble(f"{self.server.title} ended by itself (status {self.process.returncode}); "
                          f"its last words:\n{self.tail()}")

    def pids(self):
        return descendants(self.process.pid)

    def command(self, text):
        """Runs one of its file's commands beside it."""
        words = shell_words(put(text, self.words | {"pid": str(self.main_pid())}))
        done = subprocess.run(self.lab.on_server(self.server, words, pinned=False), capture_output=True, text=True)
        if done.returncode:
            raise Trouble(f"{self.server.title}: {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")

    def main_pid(self):
        """The process that the command of its file became; what started it may wait above."""
        first = Path(shlex.split(put(self.server.start, self.words))[0]).name
        for pid in sorted(self.pids()):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().strip() == first[:15]:
                    return pid
        return self.process.pid

    def memory_bytes(self):
        """What it alone holds (shared pages in parts), huge pages included."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += sum(int(found) for found in re.findall(r"^Pss:\s+(\d+) kB", text, re.M)) * 1024
                total += sum(int(found) for found in re.findall(r"^(?:Private|Shared)_Hugetlb:\s+(\d+) kB", text, re.M)) * 1024
        return total

    def cpu_ns(self):
        """What its threads have run, by the scheduler's own measure."""
        return ran_ns(self.pids())

    def end(self):
        if self.process is None:
            return
        with contextlib.suppress(Trouble, ProcessLookupError):
            if self.process.poll() is None:
                self.command(self.server.stop)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            for pid in self.pids():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdin.close()
        self.log.close()

    def is_ready(self):
        """Whether one that cannot be asked for a zone is ready."""
        if self.server.ready_port:
            return self.lab.listens(self.server.ready_port)
        file = put(self.server.ready_file, self.words)
        return Path(file).exists() if file else self.server.ready_text in (self.folder / "log").read_text(errors="replace")


@contextlib.contextmanager
def running(server, lab, folder, zones):
    """Starts it and waits for its first answer; its Run, the seconds that took, and its files."""
    folder.mkdir()
    run = Run(server, lab, folder, zones)
    shown = run.configure()
    lab.prepare(server)
    try:
        begin = time.monotonic()
        run.spawn()
        asked = lab.await_ready(run)
        yield run, time.monotonic() - begin if asked else None, shown
    finally:
        run.end()
        shutil.rmtree(folder)


def cut(zones, lines=8):
    kept = zones.splitlines(keepends=True)
    return zones if len(kept) <= lines else "".join(kept[:lines]) + f"... ({len(kept) - lines} more lines)\n"


def version_of(server, lab):
    """The first line that it says of itself, without a time of day in front."""
    if not server.version:
        return "unknown"
    words = shell_words(put(server.version, program_of(server, lab) | server.words))
    try:
        done = subprocess.run(lab.in_root(server, words), capture_output=True, text=True)
    except FileNotFoundError:  # a server of one's own may have no package
        raise Trouble(f"{server.title}: there is no {words[0]}; its packages: {', '.join(server.packages) or 'none'}") from None
    text = (done.stdout + done.stderr).strip()
    found = re.search(r"[vV]?(\d+\.\d+[^\s)]*)", text)
    return found[1] if found else text.splitlines()[0] if text else "unknown"
