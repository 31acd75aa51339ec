#!/usr/bin/env python3
"""leave rest|cut ADDRESS: a client of wadi-web while that stops: part of a head, part of content, and
with "rest" a WebSocket. Says "ready" when the server has all of it. With "rest" the WebSocket has to
be ended with 1001 and FIN; then the rest of each request is sent, and answered as the last of its
connection. With "cut" the rest never comes, though bytes do: each request has to be answered with 408,
and its connection to be ended by FIN, not by a reset. Exits with 0, or says what differs."""
import socket
import struct
import sys

CLOSE, TEXT, GOING_AWAY = 8, 1, 1001
HEAD = b"GET / HTTP/1.1\r\nHost: a.exa", b"mple\r\n\r\n"
CONTENT = b"POST /api/digest HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2000\r\n\r\n" + b"x" * 1000, b"y" * 1000


def connect(address, first):
    conn = socket.create_connection((address, 80), timeout=60)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    conn.sendall(first)
    return conn


def rest_of(conn):
    """What comes up to FIN; a reset is an error."""
    data = b""
    while part := conn.recv(65536):
        data += part
    return data


def answered(conn, status, what):
    answer = rest_of(conn)
    if not answer.startswith(b"HTTP/1.1 %d " % status) or b"\r\nConnection: close\r\n" not in answer:
        sys.exit(f"{what}: not {status} as the last answer: {answer!r}")
    conn.close()


def frame(kind, data):
    return struct.pack("!BBI", 0x80 | kind, 0x80 | len(data), 0) + data  # masked with zeros


def take_frame(conn, data=b""):
    """The first frame, which is short, and what follows it."""
    while len(data) < 2 or len(data) < 2 + data[1]:
        part = conn.recv(65536)
        if not part:
            sys.exit(f"the WebSocket ended within a frame: {data!r}")
        data += part
    return data[0] & 15, data[2:2 + data[1]], data[2 + data[1]:]


def open_socket(address):
    conn = connect(address, b"GET /api/echo HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    head = b""
    while b"\r\n\r\n" not in head:
        head += conn.recv(65536)
    conn.sendall(frame(TEXT, b"hello"))
    kind, data, _ = take_frame(conn, head.partition(b"\r\n\r\n")[2])
    if not head.startswith(b"HTTP/1.1 101 ") or (kind, data) != (TEXT, b"hello"):
        sys.exit(f"no WebSocket: {head!r} {data!r}")
    return conn


def socket_ends(conn):
    kind, data, more = take_frame(conn)
    if kind != CLOSE or struct.unpack("!H", data[:2])[0] != GOING_AWAY or more:
        sys.exit(f"the WebSocket is not closed with 1001: {kind} {data!r} {more!r}")
    conn.sendall(frame(CLOSE, data[:2]))
    if more := rest_of(conn):
        sys.exit(f"more behind the close frame: {more!r}")


def main():
    how, address = sys.argv[1:]
    sock = open_socket(address) if how == "rest" else None
    head, content = connect(address, HEAD[0]), connect(address, CONTENT[0])
    # The server has what was sent before an answer to what is sent now.
    connect(address, b"GET / HTTP/1.0\r\n\r\n").recv(1)
    print("ready", flush=True)
    if sock:
        socket_ends(sock)
        head.sendall(HEAD[1])
        content.sendall(CONTENT[1])
    else:
        content.settimeout(0.02)
        while True:
            try:
                content.recv(1, socket.MSG_PEEK)
                break
            except TimeoutError:
                content.sendall(b"z")
        content.settimeout(60)
        content.sendall(b"z")
    answered(content, 200 if sock else 408, "a request whose content had come in part")
    answered(head, 200 if sock else 408, "a request whose head had come in part")


main()
