# tcp_peer: the kernel's TCP as the peer of wadi-echo and wadi-dns: bulk with checksums, short
# connections, both ways to half-close, resets, keep-alives. usage: tcp_peer.py ADDRESS MANNER [N];
# silent when all is well.
import errno
import hashlib
import os
import socket
import struct
import sys
import threading
import time

ADDRESS, MANNER = sys.argv[1:3]
N = int(sys.argv[3]) if len(sys.argv) > 3 else 0
ECHO, DISCARD, DNS = 7, 9, 53
WAIT_S = 120
PIECE = 1 << 16
QUERY = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + b"\3www\7example\3org\0" + struct.pack("!2H", 1, 1)


def fail(text):
    raise SystemExit(f"{MANNER}: {text}")


def connect(port):
    return socket.create_connection((ADDRESS, port), timeout=WAIT_S)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def take(sock, n):
    got = bytearray()
    while len(got) < n:
        part = sock.recv(n - len(got))
        if not part:
            fail(f"the server ended the connection {n - len(got)} bytes early")
        got += part
    return bytes(got)


def in_threads(count, work):
    """Runs work(index) in so many threads; an exception of one is that of all."""
    errors = []

    def guarded(index):
        try:
            work(index)
        except (OSError, SystemExit) as error:
            errors.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=guarded, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        fail(errors[0])


def pieces():
    """N bytes that no other part of the stream repeats, a piece at a time."""
    seed = os.urandom(16)
    for at in range(0, N, PIECE):
        yield hashlib.shake_128(seed + struct.pack("!Q", at)).digest(min(PIECE, N - at))


# N bytes to the echo port and back at the same time, until the server's FIN, which follows ours.
def bulk():
    sent, got = hashlib.sha256(), hashlib.sha256()
    with connect(ECHO) as sock:
        def send():
            for piece in pieces():
                sent.update(piece)
                sock.sendall(piece)
            sock.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        length = 0
        while part := sock.recv(PIECE):
            got.update(part)
            length += len(part)
        sender.join()
    if length != N or sent.digest() != got.digest():
        fail(f"{length} bytes came back of {N}, or others")


# N connections, 20 at a time, each with a word that comes back.
def short():
    def some(index):
        for n in range(index, N, 20):
            with connect(ECHO) as sock:
                sock.sendall(b"word %d" % n)
                if take(sock, len(b"word %d" % n)) != b"word %d" % n:
                    fail(f"connection {n} got another answer")

    in_threads(min(20, N), some)


# We end first: all that was sent comes back after our FIN.
def half_close():
    with connect(ECHO) as sock:
        sock.sendall(bytes(N))
        sock.shutdown(socket.SHUT_WR)
        length = 0
        while part := sock.recv(PIECE):
            length += len(part)
        if length != N:
            fail(f"{length} bytes of {N} came after our FIN")


# The server ends first, since we are idle; we go on sending for a while, then end, too.
def half_closed():
    with connect(DNS) as sock:
        sock.sendall(struct.pack("!H", len(QUERY)) + QUERY)
        take(sock, struct.unpack("!H", take(sock, 2))[0])
        if sock.recv(1):
            fail("bytes follow the reply")
        for _ in range(5):
            sock.sendall(b"\0")
            time.sleep(0.05)
        sock.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + 10
        # FIN-WAIT, then TIME-WAIT or gone: 1 is ESTABLISHED, 8 CLOSE-WAIT, 9 LAST-ACK.
        while sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in (1, 8, 9):
            if time.monotonic() > deadline:
                fail("the server does not acknowledge our FIN")
            time.sleep(0.02)


# Resets at every stage: before any data, with echoes under way, and while much is queued.
def resets():
    def some(index):
        for n in range(index, N, 10):
            sock = connect(ECHO)
            if n % 3:
                sock.sendall(bytes(100 if n % 3 == 1 else 100000))
            if n % 3 == 1:
                take(sock, 100)
            reset(sock)

    in_threads(10, some)


# Each line of the standard input is a connection of the server's, its end and ours, which we have
# reset: opened anew from the same port, it replaces the old one (RFC 9293 section 3.5.1). Where the
# port is not free, the connection is about to end.
def again():
    def end(text):
        address, port = text.rsplit(":", 1)
        return address.strip("[]"), int(port)

    def one(index):
        server, ours = map(end, pairs[index])
        try:
            socket.create_connection(server, timeout=WAIT_S, source_address=ours).close()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise

    pairs = [line.split() for line in sys.stdin if line.strip()]
    in_threads(len(pairs), one)


# The kernel asks each second whether the server is alive: idle for N seconds, then used again.
def keepalive():
    with connect(ECHO) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", 1), ("TCP_KEEPINTVL", 1), ("TCP_KEEPCNT", 2)):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        time.sleep(N)
        sock.sendall(b"still there")
        if take(sock, 11) != b"still there":
            fail("another answer after keep-alives")


# Stays connected to PORT and silent, until it is killed.
def stay():
    with connect(N) as sock:
        print("there", flush=True)
        sock.settimeout(None)
        sock.recv(1)


globals()[MANNER]()
