#!/bin/bash
# A captured file goes in, the replies come out as one: with these wadi can be tried
# where there is no network at all.
. "$(dirname "$0")/lib.sh"

python3 - "$tmp/in.pcap" <<'END'
import struct, sys
me, me4, you4 = b"\2\0\0\0\0\1", bytes([10, 53, 0, 1]), bytes([10, 53, 0, 2])
arp = b"\xff" * 6 + me + struct.pack("!HHHBBH", 0x806, 1, 0x800, 6, 4, 1) + me + me4 + bytes(6) + you4
arp += bytes(60 - len(arp))
with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    out.write(struct.pack("<IIII", 0, 0, len(arp), len(arp)) + arp)
END
netns "$host"
conf dns "pcap:$tmp/in.pcap,$tmp/out.pcap"
serve dns "$host"
answered() {
	[ "$("$ctl" "$tmp/dns.sock" stats --json | grep -c '"tx_pkts": *0[,}]')" -eq 0 ]
}
poll 5 answered || fail "nothing was sent"
stop dns
expect 0 $status "exit status"
tcpdump -n -r "$tmp/out.pcap" arp 2>/dev/null | has_line 'Reply 10.53.0.2 is-at' || fail "no ARP reply in the file"
