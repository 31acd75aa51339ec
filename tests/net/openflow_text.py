"""Has wadi-ofp, ovs-ofctl and tshark decode the messages of tests/unit/openflow/messages*.txt, in
every version that they name, and compares what each prints with what it has to.

    openflow_text.py WADI-OFP FOLDER MESSAGES...

Text of Open vSwitch and tshark is compared by parts: "ovs:" and "tshark:" lines occur in it. A message
with an "ovs:" line may not be malformed for Open vSwitch, in any of its versions. tshark 4.0 finds some
malformed that are not: it reads 2 bytes of padding for 6 in 1.4's statistics of queues, for one."""

import re
import struct
import subprocess
import sys
from pathlib import Path

ECHO = "OFPT_ECHO_REQUEST"
VERSIONS = {1: "1.0", 4: "1.3", 5: "1.4", 6: "1.5", 7: None}


def field(word):
    """The hex digits of a word: N:HEX is a field of N bytes."""
    size, _, digits = word.rpartition(":")
    return digits.ljust(2 * int(size), "0") if size else digits


def cases(paths):
    """Title, bytes, lines of wadi-ofp, parts of ovs-ofctl's and tshark's: one for each version."""
    for path in paths:
        for block in re.split(r"^== ", Path(path).read_text(), flags=re.M)[1:]:
            title, *lines = block.rstrip().split("\n")
            lines = [line for line in lines if not line.startswith("#")]
            said = {key: [line.removeprefix(key) for line in lines if line.startswith(key)]
                    for key in ("> ", "ovs: ", "tshark: ", "also: ")}
            digits = "".join(field(word) for line in lines if not line.startswith(tuple(said))
                             for word in line.split())
            message = bytes.fromhex(digits)
            versions = [message[0], *map(int, " ".join(said["also: "]).split())]
            for version in versions:
                text = "\n".join(said["> "])
                if VERSIONS[version]:
                    text = text.replace(f"(OF{VERSIONS[message[0]]})", f"(OF{VERSIONS[version]})", 1)
                yield (f"{title}, version {version}", bytes([version]) + message[1:], text,
                       said["ovs: "], said["tshark: "], version)


def run(*command, stdin=b""):
    return subprocess.run(command, input=stdin, capture_output=True, check=False).stdout.decode()


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def segment(port, seq, data, flags=0x18):
    """A packet of a capture, from that port of a switch."""
    tcp = struct.pack("!HHIIBBHHH", port, 6653, seq, 1, 0x50, flags, 65535, 0, 0) + data
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, bytes([192, 0, 2, 1]),
                     bytes([192, 0, 2, 2]))
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    frame = bytes(12) + b"\x08\x00" + ip + tcp
    return struct.pack("!IIII", 1700000000, 1, len(frame), len(frame)) + frame


HEAD = struct.pack("!IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)


def connection(messages):
    """One connection, each message a segment; every fourth is sent again, every fifth in two."""
    out = HEAD + segment(40000, 0, b"", 0x02)
    seq = 1
    for number, message in enumerate(messages):
        cut = len(message) // 2 if number % 5 == 0 else 0
        if cut:
            out += segment(40000, seq, message[:cut])
        out += segment(40000, seq + cut, message[cut:])
        if number % 4 == 0:
            out += segment(40000, seq, message)
        seq += len(message)
    return out


def by_ovs(found, folder):
    """An echo with a number of its own before each message shows where its text begins."""
    path = folder / "messages"
    path.write_bytes(b"".join(struct.pack("!BBHI", 4, 2, 8, 0x70000000 + i) + case[1]
                              for i, case in enumerate(found)))
    text = run("ovs-ofctl", "ofp-parse", str(path))
    parts = re.split(rf"^{ECHO} \(OF1\.3\) \(xid=0x7000[0-9a-f]{{4}}\): 0 bytes of payload\n", text, flags=re.M)
    return parts[1:]


def by_tshark(found, folder):
    """Each message is a connection of its own."""
    path = folder / "tshark.pcap"
    path.write_bytes(HEAD + b"".join(segment(20000 + i, 1, case[1]) for i, case in enumerate(found)))
    layers = "openflow,openflow_v1,openflow_v4,openflow_v5,openflow_v6"
    return run("tshark", "-r", str(path), "-V", "-O", layers).split("\nFrame ")


def wrong(case, text, parts, who):
    missing = [part for part in parts if part not in text]
    if missing:
        return [f"{case[0]}: {who} does not say {part!r}: {text[:600]}" for part in missing]
    if parts and who == "ovs-ofctl" and "decode error" in text and "OFPT_ERROR" not in text:
        return [f"{case[0]}: {who} finds it malformed: {text[:600]}"]
    return []


def differences(wanted, printed, source):
    """What wadi-ofp prints otherwise. 1.4 has one member more in a flow mod than 1.3: importance."""
    wanted, printed = (text.replace(" importance=0", "").split("\n") for text in (wanted, printed))
    if len(wanted) != len(printed):
        return [f"wadi-ofp prints {len(printed)} lines of {len(wanted)}, from {source}"]
    return [f"wadi-ofp prints, from {source}: {b}\ninstead of: {a}" for a, b in zip(wanted, printed) if a != b]


def main():
    program, folder, paths = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    found = list(cases(paths))
    failures = []

    hexes = "\n".join(case[1].hex(" ", 2) for case in found).encode()
    wanted = "".join(case[2] + "\n" for case in found)
    printed = run(program, "print", stdin=hexes)
    failures += differences(wanted, printed, "hex")

    (folder / "messages.pcap").write_bytes(connection([case[1] for case in found]))
    printed = run(program, "print", str(folder / "messages.pcap"))
    place = "1700000000.000001 192.0.2.1:40000 > 192.0.2.2:6653: "
    failures += differences(wanted, printed.replace(place, ""), "a capture")

    texts = by_ovs(found, folder)
    if len(texts) != len(found):
        failures.append(f"ovs-ofctl printed {len(texts)} of {len(found)} messages")
    for case, text in zip(found, texts):
        failures += wrong(case, text, case[3], "ovs-ofctl")

    shown = by_tshark(found, folder)
    if len(shown) != len(found):
        failures.append(f"tshark printed {len(shown)} of {len(found)} messages")
    for case, text in zip(found, shown):
        failures += wrong(case, text, case[4], "tshark")
    compared = [sum(bool(case[i]) for case in found) for i in (3, 4)]

    for failure in failures:
        print(failure)
    print(f"{len(found)} messages; compared with Open vSwitch {compared[0]}, with tshark {compared[1]}")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
