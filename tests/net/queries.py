# queries: asks one server the same question again and again and counts what is
# lost. usage: queries.py SERVER SECONDS; ends early when standard input closes.
import select
import socket
import struct
import sys
import time

server, seconds = sys.argv[1], float(sys.argv[2])
name = b"".join(bytes([len(l)]) + l for l in (b"www", b"example", b"org")) + b"\0"
sock = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
sock.connect((server, 53))
sock.settimeout(1)
sent = lost = wrong = 0
worst = 0.0
end = time.monotonic() + seconds
while time.monotonic() < end:
    sent += 1
    query = struct.pack("!6H", sent % 65536, 0, 1, 0, 0, 0) + name + struct.pack("!2H", 1, 1)
    begin = time.monotonic()
    sock.send(query)
    try:
        reply = sock.recv(2000)
        while reply[:2] != query[:2]:
            reply = sock.recv(2000)
        worst = max(worst, time.monotonic() - begin)
        flags, _, answers = struct.unpack("!3H", reply[2:8])
        wrong += flags & 15 != 0 or answers != 1
    except TimeoutError:
        lost += 1
    if sent % 100 == 0 and select.select([sys.stdin], [], [], 0)[0]:
        break
print(f"{sent} queries, {lost} lost, {wrong} wrong, slowest {worst * 1000:.1f} ms")
sys.exit(1 if lost or wrong or not sent else 0)
