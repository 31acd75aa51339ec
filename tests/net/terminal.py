#!/usr/bin/env python3
# terminal: programs run on a pseudo terminal, of which this is the screen: what a person would see
# at each moment, which keys do, and whether the terminal is given back as it was. For top.sh.
import contextlib
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl

SCALE = int(os.environ.get("WADI_TIME_SCALE", "1"))
SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")


class Terminal:
    """A program on a terminal that knows what `wadi-ctl top` and line editors send."""

    def __init__(self, columns, rows, command, **env):
        self.columns, self.rows, self.text, self.status = columns, rows, "", None
        self.modes = {25: True, 7: True, 1049: False}
        self.sgr, self.inserting = 0, False
        self.clear()
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.environ.update({"TERM": "xterm", "LC_ALL": "C.UTF-8"})
            os.environ.pop("COLUMNS", None)
            for name, value in env.items():
                os.environ[name] = value
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execv(command[0], command)
        self.before = termios.tcgetattr(self.fd)

    def clear(self):
        self.cells = [[" "] * self.columns for _ in range(self.rows)]
        self.row = self.column = 0

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.clear()
        ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, keys):
        os.write(self.fd, keys.encode())

    def type(self, keys):
        """As send, once the program reads keys: before that, the line discipline would echo them."""
        self.wait(lambda t: not termios.tcgetattr(t.fd)[3] & termios.ICANON, "reading of keys")
        self.send(keys)

    def obey(self, private, numbers, letter):
        first = int(numbers.split(";")[0] or 0)
        if private and letter in "hl":
            self.modes[first] = letter == "h"
        elif letter in "hl" and first == 4:
            self.inserting = letter == "h"
        elif letter == "@":
            row = self.cells[self.row]
            row[self.column:] = ([" "] * (first or 1) + row[self.column:])[:self.columns - self.column]
        elif letter == "P":
            row = self.cells[self.row]
            row[self.column:] = (row[self.column + (first or 1):] + [" "] * self.columns)[:self.columns - self.column]
        elif letter == "H":
            row, column = (numbers.split(";") + ["1", "1"])[:2]
            self.row, self.column = int(row or 1) - 1, int(column or 1) - 1
        elif letter == "K" and self.row < self.rows:
            self.cells[self.row][self.column:] = [" "] * (self.columns - self.column)
        elif letter == "J":
            row, column = self.row, self.column
            self.clear()
            self.row, self.column = row, column
        elif letter == "m":
            self.sgr += numbers not in ("", "0")
        elif letter == "G":
            self.column = (first or 1) - 1
        elif letter in "CD":
            self.column = max(0, self.column + (first or 1) * (1 if letter == "C" else -1))

    def feed(self):
        """To the next row; at the last one the screen scrolls."""
        self.row += 1
        if self.row >= self.rows:
            self.cells = self.cells[1:] + [[" "] * self.columns]
            self.row = self.rows - 1

    def put(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.feed()
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif char >= " ":
            if self.inserting:
                self.obey("", "1", "@")
            # Lines that were drawn for another size are cut.
            self.row, self.column = min(self.row, self.rows - 1), min(self.column, self.columns - 1)
            self.cells[self.row][self.column] = char
            self.column += 1
            if self.column == self.columns and self.modes[7]:
                self.column = 0
                self.feed()

    def read(self, seconds):
        """Takes what the program has written; False at its end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += piece.decode(errors="replace")
        while self.text:
            match = SEQUENCE.match(self.text)
            if match:
                self.obey(*match.groups())
                self.text = self.text[match.end():]
            elif self.text[0] != "\x1b":
                self.put(self.text[0])
                self.text = self.text[1:]
            elif (again := self.text.find("\x1b", 1)) > 0:
                self.text = self.text[again:]  # it was cut off: we have not read for long
            elif len(self.text) < 16:
                break  # the rest of it comes
            else:
                raise AssertionError(f"a sequence that is not known: {self.text[:16]!r}")
        return bool(piece)

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    def shows(self, pattern):
        return re.search(pattern, "\n".join(self.lines()), re.M)

    def wait(self, pattern, what=None, seconds=15):
        """Until the screen has the pattern, or a function of the terminal is true."""
        end = time.monotonic() + seconds * SCALE
        while True:
            found = pattern(self) if callable(pattern) else self.shows(pattern)
            if found:
                return found
            alive = self.read(0.1)
            if not alive or time.monotonic() > end:
                raise AssertionError(f"no {what or pattern!r} on the screen:\n" + "\n".join(self.lines()))

    def rate(self, name):
        """Of a line such as "queries  12.3 k/s"."""
        match = self.shows(rf"^{name} +([0-9.]+)( [kMG])?/s")
        return float(match[1]) * {None: 1, " k": 1e3, " M": 1e6, " G": 1e9}[match[2]] if match else -1

    def end(self, seconds=15):
        """Reads to the program's end; its status, negative for a signal."""
        end = time.monotonic() + seconds * SCALE
        while self.read(0.1) and time.monotonic() < end:
            pass
        _, status = os.waitpid(self.child, os.WNOHANG if time.monotonic() > end else 0)
        self.status = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        return self.status

    def is_restored(self):
        """The modes of the terminal and of its line discipline, and the screen, are as at first."""
        assert self.modes == {25: True, 7: True, 1049: False}, self.modes
        assert termios.tcgetattr(self.fd) == self.before, "termios is not as it was"


@contextlib.contextmanager
def stopped(pid):
    """Meanwhile the process stands still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def served(ctl, socket, serve):
    """Meanwhile a new server answers."""
    with subprocess.Popen(json.loads(serve), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while subprocess.run([ctl, socket, "status"], capture_output=True, check=False).returncode:
                assert server.poll() is None, "the server ended"
                time.sleep(0.05)
            yield server
        finally:
            server.terminate()


def hold(*command):
    """A terminal whose line discipline outlives the program: the shell's side is held open."""
    terminal = Terminal(80, 24, command)
    terminal.held = os.open(os.ptsname(terminal.fd) if hasattr(os, "ptsname") else f"/proc/{terminal.child}/fd/0",
                            os.O_RDWR | os.O_NOCTTY)
    terminal.wait("^packets in ", "view")
    return terminal


def left(terminal):
    """The status of a program that is about to end, after all that it wrote; the terminal is held open."""
    _, got = os.waitpid(terminal.child, 0)
    while terminal.read(0.2) and terminal.text:
        pass
    return -os.WTERMSIG(got) if os.WIFSIGNALED(got) else os.WEXITSTATUS(got)


def ends(ctl, socket):
    """Each way to end it gives the terminal back."""
    for how, status in (("q", 0), ("\x03", 0), (signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM),
                        (signal.SIGHUP, -signal.SIGHUP)):
        terminal = hold(ctl, socket, "top")
        assert terminal.modes == {25: False, 7: False, 1049: True}, terminal.modes
        if isinstance(how, str):
            terminal.send(how)
        else:
            os.kill(terminal.child, how)
        got = left(terminal)
        assert got == status, f"{how!r} ended it with {got}"
        terminal.is_restored()


def suspend(ctl, socket):
    """Ctrl-Z leaves the shell its terminal; the view comes back after it."""
    terminal = hold(ctl, socket, "top")
    terminal.send("\x1a")
    _, status = os.waitpid(terminal.child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), status
    terminal.read(0.2)
    terminal.is_restored()
    os.kill(terminal.child, signal.SIGCONT)
    terminal.wait(lambda t: t.modes[1049] and t.shows("^packets in "), "view after the suspension")
    terminal.send("q")
    assert terminal.end() == 0


def top(ctl, socket, serve, load, pid):
    """A person's hour: a load, sizes, a pause, a server that stops, dies and comes back."""
    terminal = Terminal(80, 24, [ctl, socket, "top"])
    terminal.wait("^wadi-dns .* up .* 1 worker ", "title")
    terminal.wait(r"dns\.sock$", "place")
    with subprocess.Popen(json.loads(load), stdout=subprocess.DEVNULL) as asking:
        terminal.wait(lambda t: t.rate("queries") > 20 and t.rate("packets in") > 20, "rate of queries")
        terminal.wait("^queries .*[▂-█]", "history of queries")
        terminal.wait("^latency +50 % [0-9]+ [um]s", "latency")
        terminal.wait("stages.*pkts/s +cycles", "stages")
        terminal.wait(r"eth +[1-9][0-9.]*( k)? +[1-9]", "cycles of a stage")
        terminal.wait(r"^(none so far|[a-z0-9]+\.[a-z_]+ +[0-9]+ +[0-9]+)", "drops")
        asking.wait()
    terminal.wait(lambda t: t.rate("queries") == 0, "rate of zero after the load")
    assert terminal.sgr > 0, "there is no colour"

    terminal.resize(40, 12)
    terminal.wait("^packets in ", "view of 40x12")
    assert not terminal.shows("stages")
    terminal.resize(200, 60)
    terminal.wait("stages .*services", "panels beside each other")
    terminal.wait("net0 up ", "port")
    terminal.wait("zones served +0 +1$|zones served +0 +1 ", "zones")
    terminal.resize(1, 1)
    terminal.wait("^w$", "view of 1x1")
    terminal.resize(80, 24)
    terminal.wait("^packets in ", "view of 80x24")

    terminal.send("p")
    terminal.wait("^paused: p goes on", "pause")
    terminal.send("p")
    terminal.wait("^p pauses, q quits", "end of the pause")

    with stopped(int(pid)):
        terminal.wait("^no reply for [0-9]+ s, trying again: gave no sign of life", "silence")
    terminal.wait("^p pauses, q quits", "reply")
    os.kill(int(pid), signal.SIGKILL)
    terminal.wait("^no reply for [0-9]+ s, trying again: ", "loss")
    terminal.wait("^packets in ", "figures from before the loss")
    with served(ctl, socket, serve) as again:
        terminal.wait("^p pauses, q quits", "reply of the new server")
        terminal.wait("up 0 min", "uptime of the new server")
        with stopped(again.pid):  # q is heard while a reply is waited for
            terminal.send("q")
            assert terminal.end() == 0, terminal.status
    assert terminal.modes == {25: True, 7: True, 1049: False}, terminal.modes


def prompt(ctl, socket, home, pid, serve):
    """Lines that are edited, completed, interrupted; a history over two sessions."""
    first = Terminal(80, 24, [ctl, socket], HOME=home)
    first.wait("^wadi-dns>$", "prompt")
    first.type("sta\t")
    first.wait("^wadi-dns> stat$", "what both commands begin with")
    first.type("\t")
    first.wait("^stats +status$", "both commands")
    first.type("\x03")
    first.wait("stat\\^C\nwadi-dns>$", "empty line")
    first.type("statu\t\r")
    first.wait("^uptime_s ", "reply")
    assert first.sgr > 0, "there is no colour"
    first.type("zone-status exa\t\r")
    first.wait("^named_by +the configuration", "reply to a completed line")
    first.type("statsu\r")
    first.wait("did you mean stats\\?", "error")
    first.type("'open\r")
    first.wait("quotation mark", "error of a line that is not finished")
    first.type("log-level w\t\r")
    first.wait("^log_level +warning", "level")
    first.type("top\r")
    first.wait("^packets in ", "view")
    first.type("q")
    first.wait(lambda t: not t.modes[1049] and t.shows("^wadi-dns>$"), "prompt after the view")
    with stopped(int(pid)):
        first.type("status\r")
        first.wait("^wadi-dns> status$", "line")
        first.send("\x03")
        first.wait("gave no reply|no sign of life", "line that was interrupted")
    os.kill(int(pid), signal.SIGKILL)
    first.type("drops\r")
    first.wait("drops\n.*(gave no reply|is the appliance running)", "loss")
    with served(ctl, socket, serve):
        first.type("ports\r")
        first.wait("^device ", "reply of the new server")
        first.type("\x04")
        assert first.end() == 0, first.status

        second = Terminal(80, 24, [ctl, socket], HOME=home)
        second.wait("^wadi-dns>$", "prompt")
        second.type("\x1b[A\x1b[A")
        second.wait("^wadi-dns> drops$", "line of the session before")
        second.type("\r")
        second.wait("^wadi-dns> drops\n(.*\n)+wadi-dns>$", "reply")
        second.type("exit\r")
        assert second.end() == 0, second.status

        third = Terminal(80, 24, [ctl, socket], HOME="/proc/none")
        third.type("log-level\r")
        third.wait("^log_level +info", "reply without a history")
        third.type("\x04")
        assert third.end() == 0, third.status


def ssh(ctl, socket, folder, client):
    """At both ends of a session: the view, another size, the ways to end it, a client that is lost."""
    stty = [f"{folder}/stty.{when}" for when in ("before", "after")]
    command = f"stty -a >{stty[0]}; {ctl} {socket} top; echo $? >{folder}/status; stty -a >{stty[1]}"
    for key in ("q", "\x03"):
        terminal = hold(*json.loads(client), command)
        assert terminal.modes == {25: False, 7: False, 1049: True}, terminal.modes
        terminal.wait(r"dns\.sock$", "place")
        terminal.wait("stages.*pkts/s +cycles", "stages")
        terminal.wait("^p pauses, q quits", "last line")
        terminal.resize(40, 12)
        terminal.wait("^packets in ", "view of 40x12")
        assert not terminal.shows("stages")
        terminal.resize(80, 24)
        terminal.wait("stages.*pkts/s +cycles", "view of 80x24 again")
        terminal.send(key)
        assert left(terminal) == 0, key
        terminal.is_restored()
        with open(f"{folder}/status", encoding="ascii") as status:
            assert status.read() == "0\n", key
        before, after = [open(path, encoding="ascii").read() for path in stty]
        assert "rows 24; columns 80" in before and before == after, (before, after)

    lost = hold(*json.loads(client), f"echo $$ >{folder}/shell; exec {ctl} {socket} top")
    with open(f"{folder}/shell", encoding="ascii") as shell_of:
        pid = shell_of.read().strip()
    os.kill(lost.child, signal.SIGKILL)
    lost.wait(lambda t: not os.path.exists(f"/proc/{pid}"), "end of top without its client")


def shell(ctl, socket):
    """Completion in a bash of one's own."""
    bash = Terminal(80, 24, ["/bin/bash", "--norc", "-i"], PS1="$ ",
                    PATH=os.path.dirname(ctl) + ":" + os.environ["PATH"])
    bash.send('eval "$(wadi-ctl completion bash)"\r')
    bash.send(f"wadi-ctl {socket} zone-status exa\t\r")
    bash.wait("^named_by +the configuration", "reply to a completed line")
    bash.send("\x04")
    bash.end()


COMMANDS = {"top": top, "ends": ends, "suspend": suspend, "prompt": prompt, "shell": shell, "ssh": ssh}
if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
