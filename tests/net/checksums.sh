#!/bin/bash
# tcpdump as the judge of every checksum and length that wadi sends.
. "$(dirname "$0")/lib.sh"

netns "$host"
conf dns tap:wadi0,gso=0 # with gso=1 wadi leaves checksums to the kernel
serve dns "$host"
host_side "$host" wadi0

start dump "$host" tcpdump -i wadi0 -Q in -s 0 -U -w "$tmp/replies.pcap"
poll 5 grep -q 'listening on' "$tmp/dump.log" || fail "tcpdump does not listen"
answers "$host"
ask "$host" big.example.org TXT +ignore +noedns >/dev/null
ask "$host" nothing.example.org A >/dev/null
ask "$host" alias.example.org A >/dev/null
within "$host" ping -c 2 -i 0.05 -s 1001 10.53.0.2 >/dev/null
within "$host" ping -6 -c 2 -i 0.05 -s 1001 fd53::2 >/dev/null
within "$host" dig @10.53.0.2 -p 54 www.example.org +tries=1 +time=1 >/dev/null || true
within "$host" dig @fd53::2 -p 54 www.example.org +tries=1 +time=1 >/dev/null || true
caught() {
	[ "$(tcpdump -r "$tmp/replies.pcap" "$1" 2>/dev/null | wc -l)" -ge "$2" ]
}
for kind in 'icmp[0]=3' 'icmp[0]=0' 'icmp6 and ip6[40]=1' 'icmp6 and ip6[40]=129' 'udp port 53' arp; do
	poll 5 caught "$kind" 1 || fail "no packet of kind '$kind' was sent"
done
stop dump INT

tcpdump -vv -n -r "$tmp/replies.pcap" >"$tmp/verdict.log" 2>&1
grep -E 'bad .*cksum|incorrect|truncated|\[\||bad-|invalid' "$tmp/verdict.log" && fail "tcpdump objects (above)"
grep -q 'udp sum ok' "$tmp/verdict.log" || fail "tcpdump judged no UDP checksum"
note "$(tcpdump -r "$tmp/replies.pcap" 2>/dev/null | wc -l) packets judged"
