#!/usr/bin/env python3
# flood: the frames of each kind of flood, and the client that is to keep its answers.
#
#   flood.py make FOLDER MAC ORIGIN     KIND.pcap: 512 frames with forged senders each, by
#                                       scapy, queries for names of the zone; prints the
#                                       kinds
#   flood.py ask SERVER SECONDS         a query every 10 ms; prints how many of 100 were
#                                       answered within a second
import random
import select
import socket
import struct
import sys
import time

FRAMES = 512
KINDS = "arp", "ns", "na", "dad", "echo", "group-echo", "fragments", "closed-port", "dns", "garbage"
OUR4, OUR6, GROUP6 = "10.53.0.2", "fd53::2", "ff02::1:ff00:2"


def frame_of(kind, rng, ours, origin):
    """One frame of the kind, from a sender of its own."""
    from scapy.all import (ARP, DNS, DNSQR, ICMP, IP, UDP, Ether, ICMPv6EchoRequest, ICMPv6NDOptDstLLAddr,
                           ICMPv6NDOptSrcLLAddr, ICMPv6ND_NA, ICMPv6ND_NS, IPv6, Raw)
    mac = "02:%02x:%02x:%02x:%02x:%02x" % tuple(rng.randbytes(5))
    near4 = "10.53.0.%d" % rng.randrange(10, 250)
    far4 = "198.51.%d.%d" % (rng.randrange(256), rng.randrange(1, 255))
    near6 = "fd53::%x:%x" % (rng.randrange(1, 65536), rng.randrange(65536))
    eth, all_nodes = Ether(src=mac, dst=ours), Ether(src=mac, dst="33:33:ff:00:00:02")
    name = "n%d.%s" % (rng.randrange(1 << 30), origin)
    return {
        "arp": lambda: Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=mac, psrc=near4, pdst=OUR4),
        "ns": lambda: all_nodes / IPv6(src=near6, dst=GROUP6, hlim=255) / ICMPv6ND_NS(tgt=OUR6) /
                     ICMPv6NDOptSrcLLAddr(lladdr=mac),
        "na": lambda: eth / IPv6(src=near6, dst=OUR6, hlim=255) / ICMPv6ND_NA(tgt=near6, S=1) /
                     ICMPv6NDOptDstLLAddr(lladdr=mac),
        "dad": lambda: all_nodes / IPv6(src="::", dst=GROUP6, hlim=255) / ICMPv6ND_NS(tgt=OUR6),
        "echo": lambda: eth / IP(src=near4, dst=OUR4) / ICMP(id=1) / Raw(rng.randbytes(32)),
        "group-echo": lambda: Ether(src=mac, dst="33:33:00:00:00:01") / IPv6(src=near6, dst="ff02::1") /
                             ICMPv6EchoRequest(),
        "fragments": lambda: eth / IP(src=far4, dst=OUR4, id=rng.randrange(65536), flags="MF",
                                      frag=rng.choice((0, 8))) / Raw(rng.randbytes(64)),
        "closed-port": lambda: eth / IP(src=far4, dst=OUR4) / UDP(sport=4000, dport=rng.randrange(1000, 60000)) /
                              Raw(b"x"),
        "dns": lambda: eth / IP(src=rng.choice((near4, far4)), dst=OUR4) /
                      UDP(sport=rng.randrange(1024, 65536), dport=53) / DNS(id=rng.randrange(65536), qd=DNSQR(qname=name)),
        "garbage": lambda: eth / Raw(rng.randbytes(rng.randrange(20, 200))),
    }[kind]()


def make(folder, ours, origin):
    from scapy.all import raw
    for kind in KINDS:
        rng = random.Random(kind)
        with open(f"{folder}/{kind}.pcap", "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for _ in range(FRAMES):
                frame = raw(frame_of(kind, rng, ours, origin))
                out.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)
        print(kind)


def ask(server, seconds):
    sock = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((server, 53))
    asked, answered = 0, set()
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end + 1:
        if time.monotonic() < end:
            sock.send(struct.pack("!6H", asked, 0, 1, 0, 0, 0) + b"\3www\7example\3org\0\0\1\0\1")
            asked += 1
        if select.select([sock], [], [], 0.01)[0]:
            answered.add(struct.unpack("!H", sock.recv(2000)[:2]))
        elif time.monotonic() > end and len(answered) == asked:
            break
        time.sleep(0.01)
        while select.select([sock], [], [], 0)[0]:
            answered.add(struct.unpack("!H", sock.recv(2000)[:2]))
    print(100 * len(answered) // asked)


if __name__ == "__main__":
    {"make": make, "ask": ask}[sys.argv[1]](*sys.argv[2:])
