#!/bin/bash
# Anycast as docs/sharing.md describes it: a service address behind a TAP, to which the host
# forwards by a route; when the server is killed the TAP is gone, and with it the route.
. "$(dirname "$0")/lib.sh"

netns "$host" "$client"
ip link add name up0 netns "$host" type veth peer name eth0 netns "$client"
ip -n "$host" addr add 10.60.0.1/24 dev up0
ip -n "$host" link set up0 up
ip -n "$client" addr add 10.60.0.9/24 dev eth0
ip -n "$client" link set eth0 up
ip -n "$client" route add default via 10.60.0.1
within "$host" sysctl -qw net.ipv4.ip_forward=1

conf dns tap:wadi0
sed -i 's|"ipv4": "10.53.0.2/24"|"ipv4": [ "192.0.2.53/32", "10.53.0.2/24" ]|' "$tmp/dns.json"
for _ in 1 2; do
	serve dns "$host"
	host_side "$host" wadi0
	ip -n "$host" route add 192.0.2.53 via 10.53.0.2 dev wadi0
	expect 192.0.2.80 "$(ask "$client" www.example.org A @192.0.2.53)" "answer from the service address"
	stop dns KILL
	gone() {
		[ -z "$(ip -n "$host" route show 192.0.2.53)" ]
	}
	poll 5 gone || fail "the route outlived the server"
done
