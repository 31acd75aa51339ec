# A client of wadi-web's echo of WebSocket: ADDRESS PORT [CA of wss]. python3-websockets and
# python3-websocket speak, frames that they do not send are sent as bytes.
import asyncio
import base64
import os
import socket
import ssl
import struct
import sys

import websocket
import websockets

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])
CONTEXT = ssl.create_default_context(cafile=sys.argv[3]) if len(sys.argv) > 3 else None
if CONTEXT:
    CONTEXT.check_hostname = False  # the certificate is of a name
URL = f"{'wss' if CONTEXT else 'ws'}://{ADDRESS}:{PORT}/api/echo"


async def messages():
    async with websockets.connect(URL, ssl=CONTEXT, max_size=None, compression="deflate") as sock:
        for message in ("", "hello", "ä€😀" * 100, b"", bytes(range(256)), os.urandom(200_000), "x" * 65536):
            await sock.send(message)
            assert await sock.recv() == message, f"{len(message)} came back as another message"
        await sock.send(["in ", "frag", "", "ments"])
        assert await sock.recv() == "in fragments"
        await (await sock.ping(b"payload"))
    assert sock.close_code == 1000, sock.close_code


async def many():
    async def one(number):
        async with websockets.connect(URL, ssl=CONTEXT) as sock:
            for turn in range(5):
                await sock.send(f"{number} {turn}")
                assert await sock.recv() == f"{number} {turn}"
    await asyncio.gather(*(one(number) for number in range(50)))


# A client that does not read for a while: its messages wait in the network, and come back in order.
async def lazy():
    async with websockets.connect(URL, ssl=CONTEXT, max_size=None, ping_interval=None) as sock:
        big = [bytes([number]) * 100_000 for number in range(30)]
        sender = asyncio.create_task(send_all(sock, big))
        await asyncio.sleep(0.5)
        for message in big:
            assert await sock.recv() == message
        await sender


async def send_all(sock, messages):
    for message in messages:
        await sock.send(message)


def other_client():
    sock = websocket.create_connection(URL, sslopt={"context": CONTEXT} if CONTEXT else None, timeout=20)
    sock.send("hello")
    assert sock.recv() == "hello"
    sock.close(status=4321)


def open_raw(fields="", version=13):
    sock = socket.create_connection((ADDRESS, PORT), timeout=20)
    if CONTEXT:
        sock = CONTEXT.wrap_socket(sock, server_hostname=ADDRESS)
    key = base64.b64encode(os.urandom(16)).decode()
    # The first frame leaves with the request.
    sock.sendall(f"GET /api/echo HTTP/1.1\r\nHost: {ADDRESS}:{PORT}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: {version}\r\n{fields}\r\n".encode()
                 + b"\x81\x82\0\0\0\0hi")
    return sock


def read(sock):
    got = b""
    while part := sock.recv(4096):
        got += part
        if got.endswith(b"\x81\x02hi") or got.startswith(b"HTTP/1.1 4") and b"\r\n\r\n" in got:
            break
    return got


def raw(frame, code):
    sock = open_raw()
    assert read(sock).startswith(b"HTTP/1.1 101 ")
    sock.sendall(frame)
    rest = b""
    while part := sock.recv(4096):
        rest += part
    assert rest[0] == 0x88 and struct.unpack("!H", rest[2:4])[0] == code, (frame, rest)


def refused(fields, version, status):
    sock = open_raw(fields, version)
    answer = read(sock)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    return answer


asyncio.run(messages())
asyncio.run(many())
asyncio.run(lazy())
other_client()
raw(b"\x81\x01a", 1002)  # without a mask
raw(b"\xc1\x81\0\0\0\0a", 1002)
raw(b"\x83\x80\0\0\0\0", 1002)
raw(b"\x81\x82\0\0\0\0\xc0\x80", 1007)
raw(b"\x82\xff\0\0\0\0\x7f\0\0\0\0\0\0\0", 1009)
raw(b"\x88\x82\0\0\0\0\x03\xe8", 1000)
refused("Origin: http://evil.example\r\n", 13, 403)
assert b"Sec-WebSocket-Version: 13" in refused("", 8, 426)
refused("Content-Length: 8\r\n", 13, 400)
