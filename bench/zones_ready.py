# zones_ready: waits until a server serves a hundred of N zones, zone0.example and so on,
# with a serial, and prints how many milliseconds passed since a time of
# day. usage: zones_ready.py SERVER N SERIAL SINCE_MS; used by many_zones.sh.
import socket
import struct
import sys
import time

server, zones, serial, since = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
left = list(range(0, zones, max(1, zones // 100)))
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(0.05)
deadline = time.monotonic() + 120


def serves(number):
    label = f"zone{number}".encode()
    name = bytes([len(label)]) + label + b"\7example\0"
    query = struct.pack("!6H", number & 0xffff, 0, 1, 0, 0, 0) + name + struct.pack("!2H", 6, 1)
    try:
        sock.sendto(query, (server, 53))
        reply = sock.recv(2000)
        while reply[:2] != query[:2]:
            reply = sock.recv(2000)
    except OSError:
        return False
    flags, _, answers = struct.unpack("!3H", reply[2:8])
    return flags & 15 == 0 and answers > 0 and struct.pack("!I", serial) in reply[len(query):]


while left and time.monotonic() < deadline:
    left = left[1:] if serves(left[0]) else left
print(round(time.time() * 1000) - since if not left else "never")
