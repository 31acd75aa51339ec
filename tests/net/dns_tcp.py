# dns_tcp: a client over TCP that sends as it likes, and checks each reply's id and length.
# usage: dns_tcp.py SERVER MANNER [N]; silent when all is well.
import socket
import struct
import sys
import time

SERVER, MANNER = sys.argv[1:3]
N = int(sys.argv[3]) if len(sys.argv) > 3 else 0
WAIT_S = 60


def query(ident, name="www", qtype=1):
    labels = (name, "example", "org")
    wire = b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
    return struct.pack("!6H", ident, 0, 1, 0, 0, 0) + wire + struct.pack("!2H", qtype, 1)


def framed(message):
    return struct.pack("!H", len(message)) + message


def connect(rcvbuf=None):
    family = socket.AF_INET6 if ":" in SERVER else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    if rcvbuf:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    sock.settimeout(WAIT_S)
    sock.connect((SERVER, 53))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def take(sock, n):
    got = bytearray()
    while len(got) < n:
        part = sock.recv(n - len(got))
        if not part:
            raise SystemExit(f"{MANNER}: the server ended the connection {n - len(got)} bytes early")
        got += part
    return bytes(got)


def reply(sock):
    message = take(sock, struct.unpack("!H", take(sock, 2))[0])
    ident, flags, _, answers = struct.unpack("!4H", message[:8])
    if flags & 0x820f != 0x8000:
        raise SystemExit(f"{MANNER}: a reply with flags {flags:04x}")
    return ident, answers, len(message)


def expect_end(sock):
    rest = sock.recv(1)
    if rest:
        raise SystemExit(f"{MANNER}: bytes follow the last reply")


def expect_ids(sock, count):
    wanted, got = set(range(count)), set()
    while len(got) < count:
        ident, answers, _ = reply(sock)
        if answers == 0 or ident in got:
            raise SystemExit(f"{MANNER}: reply {ident} is empty, or came twice")
        got.add(ident)
    if got != wanted:
        raise SystemExit(f"{MANNER}: {len(wanted - got)} queries have no reply")


def splits():
    stream = framed(query(0)) + framed(query(1, "alias"))
    for cut in range(1, len(stream)):
        with connect() as sock:
            sock.sendall(stream[:cut])
            time.sleep(0.002)
            sock.sendall(stream[cut:])
            expect_ids(sock, 2)


def bytewise():
    with connect() as sock:
        for byte in framed(query(0, "big", 16)):
            sock.sendall(bytes([byte]))
            time.sleep(0.001)
        expect_ids(sock, 1)


def pipeline():
    with connect() as sock:
        sock.sendall(b"".join(framed(query(i, *(("www", 1), ("big", 16))[i % 2])) for i in range(N)))
        expect_ids(sock, N)


def half_close():
    with connect() as sock:
        sock.sendall(b"".join(framed(query(i, "huge", 16)) for i in range(N)))
        sock.shutdown(socket.SHUT_WR)
        expect_ids(sock, N)
        expect_end(sock)


# A slow reader: what it asks for is more than any buffer on the way holds.
def slow():
    with connect(rcvbuf=4096) as sock:
        sock.sendall(b"".join(framed(query(i, "huge", 16)) for i in range(N)))
        for i in range(N):
            ident, answers, size = reply(sock)
            if ident != i or answers != 240 or size < 50000:
                raise SystemExit(f"{MANNER}: reply {ident} has {answers} records in {size} bytes")
            time.sleep(0.02)


# One that does not read at all is closed in the end.
def deaf():
    with connect(rcvbuf=4096) as sock:
        try:
            sock.settimeout(1)
            while True:
                sock.sendall(framed(query(7, "huge", 16)) * 100)
        except TimeoutError:
            pass  # the server has stopped reading
        except ConnectionError:
            return
        sock.settimeout(None)
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            try:
                sock.send(b"\0", socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
            except ConnectionError:
                return
            time.sleep(0.1)
        raise SystemExit("the server keeps a client that does not read")


def idle():
    with connect() as sock, connect() as within:
        within.sendall(framed(query(0))[:5])
        expect_end(sock)
        expect_end(within)


def garbage():
    for bytes_ in (b"\0\0", b"\0\1x", framed(struct.pack("!6H", 1, 0x8000, 0, 0, 0, 0))):
        with connect() as sock:
            sock.sendall(framed(query(0)))
            expect_ids(sock, 1)
            sock.sendall(bytes_)
            try:
                expect_end(sock)
            except ConnectionResetError:
                continue
            raise SystemExit(f"{bytes_!r} is not answered by a reset")


def short():
    for _ in range(N):
        with connect() as sock:
            sock.sendall(framed(query(0)))
            expect_ids(sock, 1)


# All open at a time, each asked twice.
def many():
    socks = [connect() for _ in range(N)]
    for _ in range(2):
        for sock in socks:
            sock.sendall(framed(query(0)))
        for sock in socks:
            expect_ids(sock, 1)
    for sock in socks:
        sock.close()


# Of N + 1 connections the last is refused.
def limited():
    socks = [connect() for _ in range(N)]
    for sock in socks:
        sock.sendall(framed(query(0)))
        expect_ids(sock, 1)
    try:
        with connect() as sock:
            expect_end(sock)
    except ConnectionResetError:
        return
    raise SystemExit("one more than max_per_client is not reset")


globals()[MANNER]()
