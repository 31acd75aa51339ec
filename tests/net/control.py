#!/usr/bin/env python3
# control: what control.sh cannot say in shell: the control protocol (docs/control.md)
# spoken without wadi-ctl, commands on a terminal of a given width, a full queue.
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
from fcntl import ioctl


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(60)
    client.connect(path)
    return client


def ask(stream, **request):
    stream.write(json.dumps(request) + "\n")
    stream.flush()
    return json.loads(stream.readline())


def protocol(path):
    """As docs/control.md describes it."""
    with connect(path) as client, client.makefile("rw") as stream:
        status = ask(stream, command="status", id="17")
        assert status["name"] == "wadi-dns" and status["id"] == "17", status
        assert ask(stream, command="log-level", words=["warning"]) == {"log_level": "warning"}
        assert ask(stream, command="log-level", words=["info"]) == {"log_level": "info"}
        assert "error" in ask(stream, command="no-such-command")
        assert "error" in ask(stream, words=["no command"])
        stream.write("no JSON\n")
        stream.flush()
        assert "error" in json.loads(stream.readline())
        stream.write('{"command":"drops","all":true}\n{"command":"ports"}\n')
        stream.flush()
        assert all("count" in row for row in json.loads(stream.readline())["drops"])
        assert json.loads(stream.readline())["ports"][0]["name"] == "net0"


def pages(path):
    """Prints how many parts a list of zones has, and how many zones."""
    zones, parts, words = [], 0, []
    with connect(path) as client, client.makefile("rw") as stream:
        while words is not None:
            reply = ask(stream, command="zones", words=words)
            zones += reply["zones"]
            words = reply.get("next")
            parts += 1
    assert len({zone["origin"] for zone in zones}) == len(zones)
    print(parts, len(zones))


def width(columns, *command):
    """Runs the command on a terminal; prints the longest line and the number of lines."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.pop("COLUMNS", None)
        ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
        # When a terminal's first process ends, what was not read yet may be lost: it is not the command.
        print(f"\0{subprocess.run(command).returncode}.", flush=True)
        sys.stdin.read()
    text = b""
    while not (end := re.search(rb"\0(-?\d+)\.", text)):
        text += os.read(terminal, 65536)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    text = text[:end.start()]
    assert end[1] == b"0", text
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text.decode()).replace("\r", "").splitlines()
    print(max(len(line) for line in lines), len(lines))


def interrupt(ready, *command):
    """Runs the command on a terminal, and types Ctrl-C twice when its output has the text."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], command)
    text, typed = b"", False
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
        if not typed and ready.encode() in text:
            typed = True
            os.write(terminal, b"\x03")
            os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    assert typed and status == 0, (status, text.decode())


def fill(path):
    """Connects until no connection is taken any more, and holds them till standard input ends."""
    held = []
    while True:
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        try:
            client.connect(path)
        except BlockingIOError:
            break
        held.append(client)
    print(len(held), flush=True)
    sys.stdin.read()


COMMANDS = {"protocol": protocol, "pages": pages, "width": width, "interrupt": interrupt, "fill": fill}
COMMANDS[sys.argv[1]](*sys.argv[2:])
