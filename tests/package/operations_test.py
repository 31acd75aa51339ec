#!/usr/bin/env python3
# operations: docs/operations.md lists each drop reason about which an operator can do
# something; a reason is either there or below, among those of malformed packets, so that
# a new one is decided upon. What its other tables name exists.
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docs/operations.md").read_text()

# What no host should send, or what is of no use here: nothing to be set right on this side.
OF_THE_PACKET = """
    eth.short eth.source eth.type eth.llc
    arp.short arp.format arp.oper arp.sender arp.not_ours
    ipv4.short ipv4.version ipv4.header_len ipv4.total_len ipv4.option ipv4.source_route
    ipv4.group ipv4.link_group ipv4.protocol
    ipv6.short ipv6.version ipv6.payload_len ipv6.link_group ipv6.unspecified ipv6.ext_short
    ipv6.ext_limit ipv6.option ipv6.routing ipv6.no_next ipv6.protocol
    icmp4.short icmp4.quote icmp4.type
    icmp6.short icmp6.quote icmp6.type icmp6.mld icmp6.ndp_hop_limit icmp6.ndp_code
    icmp6.ndp_short icmp6.ndp_fragment icmp6.ndp_target icmp6.ndp_option icmp6.ndp_mac
    icmp6.ndp_dst icmp6.ndp_not_ours
    udp.short udp.length udp.source_port udp.no_cksum udp.group
    tcp.short tcp.offset tcp.option tcp.port tcp.group tcp.flags tcp.no_ack
    dns.short dns.response dns.no_room
""".split()


def section(heading):
    return re.search(rf"^##+ {heading}\n(.*?)(?=^#)", TEXT + "\n#", re.M | re.S)[1]


def first_cells(text):
    return [row.split("|")[1] for row in text.splitlines() if row.startswith("| `")]


class Operations(unittest.TestCase):
    def test_each_drop_reason_is_explained_or_of_the_packet(self):
        reasons = re.findall(r'^\s*D\(\w+, \w+, "([a-z0-9_.]+)"', (ROOT / "src/core/drop.h").read_text(), re.M)
        explained = re.findall(r"`([a-z0-9_.]+)`", " ".join(first_cells(section("Packets that are not answered"))))
        self.assertGreater(len(reasons), 100)
        self.assertEqual(len(explained), len(set(explained)), "a reason is in two rows")
        self.assertEqual(sorted(reasons), sorted(explained + OF_THE_PACKET))

    def test_keys_that_the_tables_advise_exist(self):
        source = "".join(path.read_text() for path in ROOT.glob("src/apps/**/*.c"))
        keys = re.findall(r'^\s*\{"([a-z0-9_]+)", CONF_', source, re.M)
        named = re.findall(r"`([a-z0-9_]+)`", section("Packets that are not answered"))
        for key in named:
            self.assertTrue(key in keys or key == "rx_missed", f"{key} is no key of the configuration")

    def test_sentences_of_starts_that_wait_are_the_programs(self):
        source = "".join(path.read_text() for path in ROOT.glob("src/**/*.c"))
        source = re.sub(r'"\s*"', "", source)
        said = " ".join(row.split("|")[2] for row in section("Starts that wait").splitlines() if row.count("|") > 3)
        for part in ("there is no such interface", "a running process serves %s", "XDP program %", "is on the interface",
                     "a PCI device needs %", "huge pages of 2 MiB and %", "plain memory (not enough free huge pages)",
                     "give user %s access to it"):
            self.assertTrue(part in source, f"no program says '{part}'")
            pattern = r"\S+".join(map(re.escape, re.split(r"%\w*", part)))
            self.assertTrue(re.search(pattern, said.replace("wadi access", "x access")), f"the table lacks '{part}'")


if __name__ == "__main__":
    unittest.main()
