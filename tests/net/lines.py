#!/usr/bin/env python3
# lines: clients of examples/lines, each function one manner of theirs.
#   lines.py ADDRESS MANNER [N]
import os
import socket
import struct
import sys
import threading
import time

ADDRESS, MANNER = sys.argv[1:3]
N = int(sys.argv[3]) if len(sys.argv) > 3 else 1
PORT, ECHO_PORT = 1234, 7


def connect(port=PORT, receive_bytes=0):
    sock = socket.socket(socket.AF_INET6 if ":" in ADDRESS else socket.AF_INET)
    sock.settimeout(50)
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.connect((ADDRESS, port))
    return sock


def all_of(sock):
    parts = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def splits():
    """Three commands in two segments, cut at each byte, and byte by byte; ends of lines of both kinds."""
    text = b"sum 3\r\nabcsum 0\nnothing of it\r\nquit\n"
    wanted = b"294\n0\nthere is no command 'nothing'\nbye\n"
    for cut in range(len(text)):
        with connect() as sock:
            sock.sendall(text[:cut])
            if cut % 4 == 0:
                time.sleep(0.01)
            sock.sendall(text[cut:])
            assert (got := all_of(sock)) == wanted, (cut, got)
    with connect() as sock:
        for byte in text:
            sock.sendall(bytes([byte]))
        assert all_of(sock) == wanted


def long_lines():
    """The longest line is answered, a longer one ends the connection; so does one that never ends."""
    longest = 1024
    with connect() as sock:
        sock.sendall(b"x" * longest + b"\r\n" + b"sum 0\n")
        sock.shutdown(socket.SHUT_WR)
        assert all_of(sock) == b"there is no command '" + b"x" * 40 + b"'\n0\n"
    for line in b"x" * (longest + 1) + b"\n", b"x" * 100000:
        with connect() as sock:
            sock.sendall(line)
            sock.shutdown(socket.SHUT_WR)
            assert all_of(sock) == b"the line is too long\n"


def half_close():
    """What was asked before the end is answered after it, in any length."""
    with connect() as sock:
        sock.sendall(b"count 300000\ntime\ncount 3")
        sock.shutdown(socket.SHUT_WR)
        got = all_of(sock).split(b"\n")
        assert got[:300000] == [b"%d" % (i + 1) for i in range(300000)]
        # "count 3" has no end: it is no line.
        assert len(got) == 300002 and got[-2].isdigit() and got[-1] == b"", got[300000:]


def slow_reader():
    """N megabytes for a client that does not read for a while: they wait with the server, which stops counting."""
    lines = N * 1000000 // 8
    with connect(receive_bytes=4096) as sock:
        sock.sendall(b"count %d\nquit\n" % lines)
        time.sleep(3)
        got = all_of(sock)
        numbers = got.split(b"\n")
        assert numbers[-2:] == [b"bye", b""] and len(numbers) == lines + 2, numbers[-3:]
        assert all(int(number) == i + 1 for i, number in enumerate(numbers[:lines]))


def refuses():
    """A server that reads nothing takes what windows and pages hold, and no more."""
    with connect() as sock:
        sock.sendall(b"pause 50000\n")
        sock.settimeout(1)
        taken = 0
        try:
            while taken < 100000000:
                taken += sock.send(bytes(100000))
        except TimeoutError:
            print(taken)
            reset(sock)
            return
        sys.exit("100 megabytes were taken")


def bulk():
    """N megabytes that are added up, in bytes that nobody copies together."""
    part = os.urandom(1000000)
    with connect() as sock:
        sock.sendall(b"sum %d\n" % (N * len(part)))
        for _ in range(N):
            sock.sendall(part)
        sock.shutdown(socket.SHUT_WR)
        assert all_of(sock) == b"%d\n" % (N * sum(part))


def paused():
    """As bulk, to a server that reads nothing at first."""
    part = os.urandom(1000000)
    with connect() as sock:
        sock.sendall(b"pause 1000\nsum %d\n" % (N * len(part)))
        for _ in range(N):
            sock.sendall(part)
        assert sock.recv(100) == b"%d\n" % (N * sum(part))


def short():
    """N connections, one after the other, each with a question and an answer."""
    for n in range(N):
        with connect() as sock:
            sock.sendall(b"count 1\nquit\n")
            assert all_of(sock) == b"1\nbye\n", n


def resets():
    """N connections that are reset at any moment, with answers under way."""
    for n in range(N):
        sock = connect()
        sock.sendall(b"count 100000\n" * (n % 3) + b"time\nsum 1000\n" + b"x" * (n % 900))
        if n % 2:
            sock.recv(1 + n * 100)
        reset(sock)


def room():
    """What one client says is heard by all others, also by those of other workers; N clients."""
    socks = [connect() for _ in range(N)]
    files = [sock.makefile("rwb", buffering=0) for sock in socks]
    for file in files:
        answer = b""
        while not answer.endswith(b"one of %d\n" % N):  # the last ones are on their way
            file.write(b"who\n")
            answer = file.readline()
            assert answer
    for n, file in enumerate(files):
        file.write(b"say it is %d\n" % n)
        for other in files:
            if other is not file:
                assert (heard := other.readline()).endswith(b": it is %d\n" % n), heard
    for sock in socks:
        sock.close()


def echo():
    """N megabytes through a descriptor and back."""
    wanted = os.urandom(N * 1000000)
    with connect(ECHO_PORT) as sock:
        def send():
            sock.sendall(wanted)
            sock.shutdown(socket.SHUT_WR)
        threading.Thread(target=send).start()
        assert all_of(sock) == wanted


def echo_resets():
    """N connections to the descriptor that are reset, or closed, at any moment."""
    for n in range(N):
        sock = connect(ECHO_PORT)
        sock.sendall(b"x" * (n * 977 % 50000))
        if n % 3 == 1:
            assert sock.recv(100000) or n == 0
        reset(sock) if n % 2 else sock.close()


def idle():
    """A client that says nothing is disconnected."""
    with connect() as sock:
        try:
            assert sock.recv(1) == b""
        except ConnectionResetError:
            pass


def stay():
    """N clients of each port, with everything under way, until the server is gone. Says when they are there."""
    socks = []
    for n in range(N):
        sock = connect()
        sock.sendall([b"count 10000000\n", b"sum 1000000\nabc", b"pause 50000\nxyz", b"half a line"][n % 4])
        socks.append(sock)
        sock = connect(ECHO_PORT)
        sock.sendall(b"x" * n * 100)
        socks.append(sock)
    print("there", flush=True)
    time.sleep(1000)


globals()[MANNER]()
