#!/bin/bash
# Echo, ARP and neighbour discovery with the tools that people use, over a TAP.
. "$(dirname "$0")/lib.sh"

netns "$host"
conf dns tap:wadi0
serve dns "$host"
host_side "$host" wadi0

within "$host" arping -c 2 -w 5 -I wadi0 10.53.0.2 || fail "arping gets no reply"
within "$host" ndisc6 -1 -q fd53::2 wadi0 || fail "ndisc6 gets no advertisement"
for size in 0 56 1472; do
	within "$host" ping -c 3 -i 0.05 -W 2 -s $size 10.53.0.2 || fail "ping with $size bytes"
done
for size in 0 56 1452; do
	within "$host" ping -6 -c 3 -i 0.05 -W 2 -s $size fd53::2 || fail "ping -6 with $size bytes"
done
within "$host" ping -c 200 -i 0.002 -q -W 2 10.53.0.2 | has_line ' 0% packet loss' || fail "a fast ping loses replies"

# The neighbour is one that the kernel found reachable, for both families.
expect 2 "$(ip -n "$host" neigh show dev wadi0 | grep -cE '^(10.53.0.2|fd53::2) lladdr')" "neighbours"
