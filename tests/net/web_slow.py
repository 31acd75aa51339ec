#!/usr/bin/env python3
"""web_slow: clients of wadi-web that are slow in each way, N of each, or N that are all connected.

    web_slow.py N ADDRESS          prints "ready" when all are connected; ends when the server has
                                   ended each of them
    web_slow.py --many N ADDRESS   N connections at once; each gets an answer, twice
"""
import socket
import sys
import time

HEAD = b"GET /long.bin HTTP/1.1\r\nHost: a\r\n"


def connect(address, port, receive=None):
    client = socket.socket()
    if receive:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    client.settimeout(60)
    client.connect((address, port))
    return client


def drip(clients, byte, until):
    """Sends a byte of each now and then, until the server has ended all of them."""
    left = list(clients)
    while left and time.monotonic() < until:
        for client in list(left):
            try:
                client.send(byte)
            except OSError:
                left.remove(client)
        time.sleep(0.3)
    return len(left)


def slow(n, address):
    heads = [connect(address, 80) for _ in range(n)]
    for client in heads:
        client.send(HEAD)
    bodies = [connect(address, 80) for _ in range(n)]
    for client in bodies:
        client.send(b"POST /api/digest HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx")
    readers = [connect(address, 80, 4096) for _ in range(n)]
    for client in readers:
        client.send(HEAD + b"\r\n")
    handshakes = [connect(address, 443) for _ in range(n)]
    for client in handshakes:
        client.send(b"\x16\x03\x01\x02\x00\x01\x00")
    print("ready", flush=True)
    left = drip(heads + bodies, b"x", time.monotonic() + 60)
    assert left == 0, f"{left} slow clients are still served"
    for client in handshakes:
        try:
            assert client.recv(1) == b"", "an answer to half a hello"
        except ConnectionResetError:
            pass
    # Whether the readers were reset is what the server's counters say: a reset may be lost.


def answer(client):
    got = b""
    while b"hello\n" not in got:
        piece = client.recv(4096)
        assert piece, f"the end behind {got!r}"
        got += piece
    assert got.startswith(b"HTTP/1.1 200 OK\r\n"), got


def many(n, address):
    clients = []
    for i in range(n):
        client = socket.socket()
        client.settimeout(60)
        client.bind(("10.53.0.1", 10000 + i))
        client.connect((address, 80))
        clients.append(client)
    for _ in range(2):
        for client in clients:
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for client in clients:
            answer(client)


if __name__ == "__main__":
    if sys.argv[1] == "--many":
        many(int(sys.argv[2]), sys.argv[3])
    else:
        slow(int(sys.argv[1]), sys.argv[2])
