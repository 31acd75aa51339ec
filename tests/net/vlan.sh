#!/bin/bash
# A port that serves a VLAN answers tagged frames of it and no others.
. "$(dirname "$0")/lib.sh"

netns "$host"
conf dns tap:wadi0 vlan=53
serve dns "$host"
ip -n "$host" link set wadi0 up
ip -n "$host" link add link wadi0 name tagged type vlan id 53 || skip "the kernel has no VLANs"
host_side "$host" tagged
answers "$host"
within "$host" ping -c 1 -W 2 -s 1472 10.53.0.2 || fail "no echo of a full tagged frame"

before=$(drops dns eth.vlan)
ip -n "$host" addr add 10.53.0.3/24 dev wadi0
within "$host" arping -c 1 -w 1 -I wadi0 10.53.0.2 && fail "an untagged frame was answered"
counted() {
	[ "$(drops dns eth.vlan)" -gt "$before" ]
}
poll 3 counted || fail "DROP_ETH_VLAN did not count"
