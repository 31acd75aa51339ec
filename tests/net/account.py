#!/usr/bin/env python3
# account: thousands of distinct malformed frames over every header and option that the
# stack reads, and the account of what became of them: each was answered, or counted as a
# drop under one reason. account.sh runs it on each kind of device.
#
#   account.py make SEED COUNT FILE.pcap MAC [socket]  generates the frames (needs scapy)
#                                           for MAC; socket: those that reach a packet socket
#   account.py send FILE.pcap IFACE MAC     sends them; prints how many were answered
#   account.py read FILE.pcap MAC           prints how many answers from MAC are in a file
#   account.py judge SENT ANSWERED DROPS    DROPS: wadi-ctl drops --json
import json
import random
import socket
import struct
import sys
import time

HOST = "02:00:00:00:00:09"
OUR4, HOST4, FAR4 = "10.53.0.2", "10.53.0.9", "192.0.2.9"
OUR6, HOST6, FAR6, GROUP6 = "fd53::2", "fd53::9", "2001:db8::9", "ff02::1:ff00:2"

# Drops that are not of a frame that was received, but of a packet of the stack's own.
OWN = ("neigh.", "icmp4.rate", "icmp6.rate")


def bases(ours):
    """Well-formed frames for the hardware address: (name, frame, offset of layer 3)."""
    from scapy.all import (ARP, DNS, DNSQR, DNSRR, DNSRROPT, ICMP, IP, UDP, Dot1Q, Ether, EDNS0TLV, ICMPv6EchoRequest,
                           ICMPv6DestUnreach, ICMPv6MLQuery, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU,
                           ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA,
                           ICMPv6ND_Redirect, ICMPv6PacketTooBig, ICMPv6ParamProblem, ICMPv6TimeExceeded, IPOption, IPv6,
                           IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN, Pad1,
                           RouterAlert, Raw, raw)
    eth = Ether(src=HOST, dst=ours)
    up = Ether(src=HOST, dst="33:33:ff:00:00:02")
    four, far4 = IP(src=HOST4, dst=OUR4), IP(src=FAR4, dst=OUR4)
    six, far6 = IPv6(src=HOST6, dst=OUR6), IPv6(src=FAR6, dst=OUR6)
    ndp = IPv6(src=HOST6, dst=GROUP6, hlim=255)
    query = UDP(sport=4000, dport=53) / DNS(id=7, qd=DNSQR(qname="www.example.org"))
    opt = DNSRROPT(rclass=1232, rdata=[EDNS0TLV(optcode=10, optdata=b"12345678"), EDNS0TLV(optcode=3),
                                       EDNS0TLV(optcode=65001, optdata=b"xyz")])
    edns = UDP(sport=4001, dport=53) / DNS(id=8, rd=1, qd=DNSQR(qname="big.example.org", qtype="TXT"), ar=opt)
    update = UDP(sport=4002, dport=53) / DNS(id=9, opcode=5, qd=DNSQR(qname="example.org", qtype="SOA"),
                                             ns=DNSRR(rrname="a.example.org", rdata="192.0.2.1"))
    echo = ICMP(type=8, id=1, seq=1) / Raw(b"abcdefgh")
    quoted4 = IP(src=OUR4, dst=FAR4) / UDP(sport=53, dport=4000) / Raw(b"12345678")
    quoted6 = IPv6(src=OUR6, dst=FAR6) / UDP(sport=53, dport=4000) / Raw(b"12345678")
    source = ICMPv6NDOptSrcLLAddr(lladdr=HOST)
    packets = {
        "arp request": eth / ARP(op=1, hwsrc=HOST, psrc=HOST4, pdst=OUR4),
        "arp broadcast": Ether(src=HOST, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=HOST, psrc=HOST4, pdst=OUR4),
        "arp reply": eth / ARP(op=2, hwsrc=HOST, psrc=HOST4, hwdst=ours, pdst="10.53.0.77"),
        "vlan": eth / Dot1Q(vlan=0) / four / query,
        "vlans": eth / Dot1Q(vlan=5) / Dot1Q(vlan=6) / four / query,
        "llc": Ether(src=HOST, dst=ours, type=60) / Raw(bytes(60)),
        "udp4": eth / four / query,
        "udp4 far": eth / far4 / query,
        "udp4 closed": eth / four / UDP(sport=4000, dport=99) / Raw(b"closed"),
        "udp4 no checksum": eth / four / UDP(sport=4000, dport=53, chksum=0) / query[DNS],
        "options4": eth / IP(src=HOST4, dst=OUR4, options=[IPOption(b"\x07\x0b\x04" + bytes(8)), IPOption(b"\x01"),
                                                           IPOption(b"\x94\x04\0\0"),
                                                           IPOption(b"\x44\x0c\x05\0" + bytes(8))]) / query,
        "source route": eth / IP(src=HOST4, dst=OUR4, options=[IPOption(b"\x83\x07\x04\x0a\x35\x00\x09")]) / query,
        "fragment4": eth / IP(src=HOST4, dst=OUR4, flags="MF", frag=0, id=5) / query,
        "echo4": eth / four / echo,
        "unreachable4": eth / four / ICMP(type=3, code=3) / quoted4,
        "too big4": eth / four / ICMP(type=3, code=4, nexthopmtu=1280) / quoted4,
        "redirect4": eth / four / ICMP(type=5, code=1, gw=HOST4) / quoted4,
        "exceeded4": eth / four / ICMP(type=11) / quoted4,
        "tcp4": eth / IP(src=HOST4, dst=OUR4, proto=6) / Raw(bytes(20)),
        "udp6": eth / six / query,
        "udp6 far": eth / far6 / query,
        "udp6 closed": eth / six / UDP(sport=4000, dport=99) / Raw(b"closed"),
        "hop by hop": eth / six / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0\0"), Pad1()]) / query,
        "destination options": eth / six / IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(9)), Pad1()]) / query,
        "routing": eth / six / IPv6ExtHdrRouting(type=4, segleft=0, addresses=[FAR6]) / query,
        "fragment6": eth / six / IPv6ExtHdrFragment(offset=0, m=1, id=9) / query,
        "atomic fragment6": eth / six / IPv6ExtHdrFragment(offset=0, m=0, id=9) / query,
        "headers6": eth / six / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / IPv6ExtHdrDestOpt() /
                    IPv6ExtHdrRouting(type=0, segleft=0) / IPv6ExtHdrDestOpt() / query,
        "echo6": eth / six / ICMPv6EchoRequest(id=1, seq=1, data=b"abcdefgh"),
        "unreachable6": eth / six / ICMPv6DestUnreach(code=4) / quoted6,
        "too big6": eth / six / ICMPv6PacketTooBig(mtu=1280) / quoted6,
        "exceeded6": eth / six / ICMPv6TimeExceeded() / quoted6,
        "parameter6": eth / six / ICMPv6ParamProblem(code=1, ptr=40) / quoted6,
        "solicitation": up / ndp / ICMPv6ND_NS(tgt=OUR6) / source,
        "solicitation, options": up / ndp / ICMPv6ND_NS(tgt=OUR6) / source / ICMPv6NDOptMTU() / ICMPv6NDOptPrefixInfo(),
        "duplicate detection": up / IPv6(src="::", dst=GROUP6, hlim=255) / ICMPv6ND_NS(tgt=OUR6),
        "advertisement": eth / IPv6(src=HOST6, dst=OUR6, hlim=64) / ICMPv6ND_NA(tgt=HOST6, S=1) /
                         ICMPv6NDOptDstLLAddr(lladdr=HOST),
        "router advertisement": eth / IPv6(src="fe80::9", dst=OUR6, hlim=255) / ICMPv6ND_RA() / source,
        "redirect6": eth / IPv6(src="fe80::9", dst=OUR6, hlim=255) / ICMPv6ND_Redirect(tgt=HOST6, dst=FAR6),
        "listener query": eth / IPv6(src="fe80::9", dst=OUR6, hlim=1) / ICMPv6MLQuery(),
        "edns4": eth / four / edns,
        "edns6": eth / six / edns,
        "update": eth / four / update,
        "compression": eth / four / UDP(sport=4003, dport=53) /
                       Raw(struct.pack("!6H", 5, 0, 2, 0, 0, 0) + b"\3www\xc0\x13\0\1\0\1\7example\3org\0\0\1\0\1"),
    }
    for name, packet in packets.items():
        frame = raw(packet)
        l3 = 14 + 4 * (name == "vlan") + 8 * (name == "vlans")
        yield name, frame, l3


def fold(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def upper(frame, l3, v6):
    """Offset and protocol of what lies above IP; None when the headers do not lead there."""
    if not v6:
        return l3 + (frame[l3] & 15) * 4, frame[l3 + 9]
    at, following = l3 + 40, frame[l3 + 6]
    while following in (0, 43, 44, 60) and at + 8 <= len(frame):
        following, at = frame[at], at + (8 if following == 44 else 8 * frame[at + 1] + 8)
    return at, following


def repair(frame, l3, keep):
    """Checksums that are right again after a change, so that it is seen by what lies behind."""
    frame = bytearray(frame)
    kind = bytes(frame[l3 - 2:l3])
    v6 = kind == b"\x86\xdd"
    if kind not in (b"\x08\x00", b"\x86\xdd") or len(frame) < l3 + (40 if v6 else 20):
        return bytes(frame)
    if not v6:
        end = l3 + max(20, (frame[l3] & 15) * 4)
        frame[l3 + 10:l3 + 12] = b"\0\0"
        struct.pack_into("!H", frame, l3 + 10, ~fold(bytes(frame[l3:end])) & 0xffff)
    l4, protocol = upper(frame, l3, v6)
    at = {1: 2, 58: 2, 17: 6}.get(protocol)
    if at is None or l4 + at + 2 > len(frame) or keep in (l4 + at, l4 + at + 1):
        return bytes(frame)
    end = l3 + (40 + struct.unpack_from("!H", frame, l3 + 4)[0] if v6 else struct.unpack_from("!H", frame, l3 + 2)[0])
    body = frame[l4:min(end, len(frame))]
    if len(body) < at + 2:
        return bytes(frame)
    if protocol == 17:
        if bytes(body[6:8]) == b"\0\0" and not v6:
            return bytes(frame)
        body = body[:max(8, struct.unpack_from("!H", body, 4)[0])]
    body[at:at + 2] = b"\0\0"
    source = frame[l3 + 8:l3 + 40] if v6 else frame[l3 + 12:l3 + 20]
    pseudo = b"" if protocol == 1 else bytes(source) + struct.pack("!2I", len(body), protocol)
    struct.pack_into("!H", frame, l4 + at, (~fold(pseudo + bytes(body)) & 0xffff) or 0xffff)
    return bytes(frame)


def is_heard(name, frame, l3):
    """Whether the stack may take the message without an answer: then it is in no account."""
    if name.startswith("arp"):
        return frame[l3 + 6:l3 + 8] == b"\0\2" and frame[l3 + 24:l3 + 28] == bytes([10, 53, 0, 2])
    if name == "advertisement":
        return len(frame) > l3 + 7 and frame[l3 + 7] == 255
    return False


def malformed(rng, ours):
    """An endless choice of frames with one, two or three faults."""
    known = list(bases(ours))
    while True:
        name, frame, l3 = rng.choice(known)
        changed = bytearray(frame)
        first = rng.choice((0, 12, l3, l3, l3, l3))
        at = None
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            at = rng.randrange(first, len(changed))
            changed[at] = rng.choice((0, 1, 2, 0x7f, 0x80, 0xff, 0xc0, changed[at] ^ 1 << rng.randrange(8),
                                      changed[at] + 1 & 255, changed[at] - 1 & 255, rng.randrange(256)))
        if rng.random() < 0.7:
            changed = repair(changed, l3, at)
        if rng.random() < 0.25:
            changed = changed[:rng.randrange(14, len(changed))]
        elif rng.random() < 0.1:
            changed = bytes(changed) + rng.randbytes(rng.randrange(1, 40))
        changed = bytes(changed)
        if changed != frame and not is_heard(name, changed, l3):
            yield changed


def is_kept(frame):
    """Whether the kernel keeps the frame from packet sockets: a tag that is cut short."""
    return frame[12:14] in (b"\x81\x00", b"\x88\xa8") and len(frame) < 20


def make(seed, count, path, mac, which="all"):
    frames = set()
    for frame in malformed(random.Random(int(seed)), mac):
        if which == "all" or not is_kept(frame):
            frames.add(frame)
        if len(frames) == int(count):
            break
    frames = sorted(frames)
    random.Random(int(seed)).shuffle(frames)
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for frame in frames:
            out.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


def frames_of(path):
    data = open(path, "rb").read()
    at = 24
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + size]
        at += 16 + size


def answers(frame, mac):
    """1 when the frame is an answer, neither a packet of the stack's own nor the error about
    one that it dropped. An announcement of fd53::2 looks like an answer to duplicate address
    detection; one of the link-local address, for which no frame asks, goes with each: -1."""
    if frame[6:12] != mac:
        return 0
    l3 = 14
    while frame[l3 - 2:l3] == b"\x81\x00":
        l3 += 4
    kind = frame[l3 - 2:l3]
    if kind == b"\x08\x06":
        return frame[l3 + 7] == 2
    if kind == b"\x08\x00":
        return frame[l3 + 9] == 17 or (frame[l3 + 9] == 1 and frame[l3 + 20] == 0)
    if kind == b"\x86\xdd":
        if frame[l3 + 6] == 58 and frame[l3 + 40] == 136 and frame[l3 + 48:l3 + 50] == b"\xfe\x80":
            return -1
        return frame[l3 + 6] == 17 or (frame[l3 + 6] == 58 and frame[l3 + 40] in (129, 136))
    return 0


def send(path, iface, mac):
    mac = bytes.fromhex(mac.replace(":", ""))
    frames = list(frames_of(path))
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 25)  # SO_RCVBUFFORCE
    sock.bind((iface, 0))
    sock.setblocking(False)
    answered = 0

    def drain():
        nonlocal answered
        while True:
            try:
                frame, where = sock.recvfrom(65536)
            except BlockingIOError:
                return
            if where[2] != socket.PACKET_OUTGOING:
                answered += answers(frame, mac)

    for n, frame in enumerate(frames):
        while True:
            try:
                sock.send(frame)
                break
            except BlockingIOError:
                time.sleep(0.001)
        if n % 32 == 31:
            time.sleep(0.002)
            drain()
    quiet = 0
    while quiet < 10:
        before = answered
        time.sleep(0.1)
        drain()
        quiet = quiet + 1 if answered == before else 0
    print(answered)


def read(path, mac):
    mac = bytes.fromhex(mac.replace(":", ""))
    print(sum(answers(frame, mac) for frame in frames_of(path)))


def reasons(value, found):
    """All counters of drops in the JSON, whatever tables they are in."""
    if isinstance(value, dict):
        name = value.get("name") or value.get("reason")
        count = next((value[key] for key in ("count", "total", "pkts") if isinstance(value.get(key), int)), None)
        if isinstance(name, str) and "." in name and count is not None:
            found[name] = found.get(name, 0) + count
        for key, inner in value.items():
            if isinstance(inner, int) and "." in key:
                found[key] = found.get(key, 0) + inner
            reasons(inner, found)
    elif isinstance(value, list):
        for inner in value:
            reasons(inner, found)
    return found


def judge(sent, answered, path):
    found = {name: count for name, count in reasons(json.load(open(path)), {}).items() if count}
    counted = sum(count for name, count in found.items() if not name.startswith(OWN))
    different = sum(not name.startswith(OWN) for name in found)
    print(f"{sent} sent = {answered} answered + {counted} dropped for {different} reasons")
    if int(sent) != int(answered) + counted or different < 40:
        for name, count in sorted(found.items()):
            print(f"{name:24} {count}")
        sys.exit(1)


if __name__ == "__main__":
    {"make": make, "send": send, "read": read, "judge": judge}[sys.argv[1]](*sys.argv[2:])
