#!/usr/bin/env python3
# Broadcasts with numbers, and how often each came: what a loop or two trees at a time would show.
#   send IFACE PERIOD_MS    until it is killed
#   count IFACE FILE        until SIGTERM, or each time that FILE.ask appears: writes "DISTINCT MOST"
import os
import signal
import socket
import struct
import sys
import time

ETHERTYPE = 0x88B5  # IEEE 802's, for local experiments


def main():
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
    s.bind((sys.argv[2], ETHERTYPE))
    if sys.argv[1] == "send":
        number, header = 0, b"\xff" * 6 + s.getsockname()[4]
        while True:
            s.send(header + struct.pack(">HI", ETHERTYPE, number) + bytes(46))
            number += 1
            time.sleep(int(sys.argv[3]) / 1000)
    counts = {}
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    s.settimeout(0.05)
    path = sys.argv[3]
    while not ended:
        try:
            number = struct.unpack(">I", s.recv(2000)[14:18])[0]
            counts[number] = counts.get(number, 0) + 1
        except TimeoutError:
            pass
        if os.path.exists(path + ".ask"):
            os.unlink(path + ".ask")
            with open(path + ".new", "w") as out:
                print(len(counts), max(counts.values(), default=0), max(counts, default=-1) - min(counts, default=0) + 1, file=out)
            os.rename(path + ".new", path)
            counts = {}


main()
