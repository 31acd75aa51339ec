"""A switch of OpenFlow 1.3 with few tables, as no Open vSwitch is: sdn_few_tables.py ADDRESS TABLES. It says so in its
features, has two ports and no flows, and takes what it is told until a barrier follows flows. Prints how many flows
each table got, a line each, and then how many meters there are."""

import collections
import socket
import struct
import sys

HELLO, ECHO, FEATURES, FLOW_MOD, MULTIPART, BARRIER, METER_MOD = 0, 2, 5, 14, 18, 20, 29
PORT_DESC, GROUP_FEATURES = 13, 8
ADDRESS, TABLES = sys.argv[1], int(sys.argv[2])

peer = socket.create_connection((ADDRESS, 6653), timeout=20)
stream = peer.makefile("rb")


def send(kind, xid, body=b""):
    peer.sendall(struct.pack("!BBHI", 4, kind, 8 + len(body), xid) + body)


def port(number):
    return struct.pack("!I4x6s2x16s8I", number, bytes([2, 0, 0, 0, 9, number]), b"p%d" % number, 0, 0, 0, 0, 0, 0, 1000000, 1000000)


send(HELLO, 1)
flows, meters = collections.Counter(), 0
while True:
    version, kind, length, xid = struct.unpack("!BBHI", stream.read(8))
    body = stream.read(length - 8)
    if kind == ECHO:
        send(ECHO + 1, xid, body)
    elif kind == FEATURES:
        send(FEATURES + 1, xid, struct.pack("!QIBBHII", 2, 0, TABLES, 0, 0, 0, 0))
    elif kind == FLOW_MOD:
        flows[body[16]] += body[17] == 0  # added
    elif kind == METER_MOD:
        meters += 1
    elif kind == MULTIPART:
        what = struct.unpack("!H", body[:2])[0]
        reply = {PORT_DESC: port(1) + port(2), GROUP_FEATURES: bytes(40), 0: bytes(1056)}.get(what, b"")
        send(MULTIPART + 1, xid, struct.pack("!HH4x", what, 0) + reply)
    elif kind == BARRIER:
        send(BARRIER + 1, xid)
        if sum(flows.values()) > 3:
            break
for table, count in sorted(flows.items()):
    print(f"table {table}: {count} flows")
print(f"{meters} meters")
