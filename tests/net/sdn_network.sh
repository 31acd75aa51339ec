#!/bin/bash
# wadi-sdn and networks of Open vSwitch as tools/switches makes them: a tree of switches with two hosts
# each, 20 in long mode, where all pairs ping; a ring under iperf3's load, in which a link fails, the configuration
# is read again, the controller is killed, and the switches are. Nothing is delivered twice or to whom it is
# not for, and what was lost is counted.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
for tool in fping iperf3; do
	command -v $tool >/dev/null || skip "$tool is missing; tools/deps installs it"
done
netns "$server" "$client"
veth "$server" w0 "$client" c0
cat >"$tmp/sdn.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/sdn.sock" }, "sdn": { "topology": true } }
END
controller() {
	start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
	ready sdn
}

# network NAME SHAPE HOSTS: its namespaces are of the whole machine, so only the network is the client's.
network() {
	prefix=n$(($$ % 10000))${1:0:1}
	nsenter --net="/run/netns/$client" tools/switches --shape "$2" --hosts "$3" --prefix "$prefix" >"$tmp/$1.log" 2>&1 &
	pid_of[$1]=$!
	poll 60 grep -q '^connected' "$tmp/$1.log" || fail "the network of $2 is not there: $(tail -n 3 "$tmp/$1.log")"
	mapfile -t hosts < <(awk '$1 == "host" { print $2 }' "$tmp/$1.log")
	mapfile -t addresses < <(awk '$1 == "host" { print $3 }' "$tmp/$1.log")
}

edges_are() {
	[ "$("$ctl" "$tmp/sdn.sock" links --json | grep -o '"edge"' | wc -l)" = "$1" ]
}

# announce: as a kernel does when a link comes up.
announce() {
	local i
	for i in "${!hosts[@]}"; do
		within "${hosts[i]}" arping -q -c 1 -U -I eth0 "${addresses[i]}" >/dev/null || true
	done
}

# each OPTION...: fping from each host to each, four at a time; what it prints. The kernel has room for 1,024
# neighbours of all namespaces together, so they are forgotten in between.
each() {
	local i host pids=()
	for i in "${!hosts[@]}"; do
		within "${hosts[i]}" fping -i 10 -t $((1000 * scale)) "$@" "${addresses[@]}" >"$tmp/ping.$i" 2>&1 &
		pids+=($!)
		[ ${#pids[@]} = 4 ] || continue
		wait "${pids[@]}" || true
		pids=()
		for host in "${hosts[@]}"; do
			ip -n "$host" neigh flush dev eth0
		done
	done
	cat "$tmp"/ping.*
	rm "$tmp"/ping.*
}

# ping_all WHEN: all pairs reach each other, at the first time after some tries, then without.
ping_all() {
	each -u -r 8 -B 1.5 >"$tmp/pings"
	[ ! -s "$tmp/pings" ] || fail "$1: $(wc -l <"$tmp/pings") pairs do not reach each other: $("$ctl" "$tmp/sdn.sock" drops)"
	each -q -c 2 -p 500 >"$tmp/pings"
	expect $((${#hosts[@]} * ${#hosts[@]})) "$(grep -c 'xmt/rcv/%loss' "$tmp/pings")" "pairs, $1"
	! grep -i duplicate "$tmp/pings" || fail "$1: duplicates"
	note "${#hosts[@]} hosts $1: $(sed -n 's|.*loss = \([0-9]*\)/\([0-9]*\)/.*|\1 \2|p' "$tmp/pings" |
		awk '{ n += $1; lost += $1 - $2 } END { print lost " of " n + 0 }') pings lost"
}

controller
switches=8 per_switch=2
[ "${WADI_LONG:-no}" = no ] || switches=20
network tree tree:$switches $per_switch
poll 30 links_are $((switches - 1)) || fail "the links of the tree are not found: $("$ctl" "$tmp/sdn.sock" links)"
poll 15 edges_are $((switches * per_switch)) || fail "the hosts' ports are no edges: $("$ctl" "$tmp/sdn.sock" links)"
announce
ping_all "in the tree"
stop tree

network ring ring:4 1
poll 30 links_are 4 || fail "the links of the ring are not found: $("$ctl" "$tmp/sdn.sock" links)"
poll 10 edges_are 4 || fail "the hosts' ports are no edges: $("$ctl" "$tmp/sdn.sock" links)"
announce
ping_all "in the ring"
start server "${hosts[2]}" iperf3 -s -p 5201
start datagrams "${hosts[2]}" iperf3 -s -p 5202 --forceflush
start sniffer "${hosts[3]}" tcpdump -n -i eth0 -w "$tmp/strange.pcap" "ip and not host ${addresses[3]} and not broadcast and not multicast"
poll 10 grep -q 'listening on' "$tmp/sniffer.log" || fail "tcpdump does not start"
start stream "${hosts[0]}" iperf3 -c "${addresses[2]}" -p 5201 -t 600 -b 20M
start calls "${hosts[0]}" iperf3 -c "${addresses[2]}" -p 5202 -t 600 -u -b 2M -l 250

# received: bytes that the server of the load has got.
received() {
	within "${hosts[2]}" cat /sys/class/net/eth0/statistics/rx_bytes
}
# goes_on WHAT: the load arrives again.
goes_on() {
	local before
	before=$(received)
	more() {
		[ $(($(received) - before)) -gt 400000 ]
	}
	poll 15 more || fail "the load does not go on after $1: $("$ctl" "$tmp/sdn.sock" links) $("$ctl" "$tmp/sdn.sock" events)"
}

goes_on "its start"
for number in 1 2; do
	ip -n "$client" link set "$prefix-c${number}a" down
	goes_on "the loss of link $number"
	ip -n "$client" link set "$prefix-c${number}a" up
	poll 15 links_are 4 || fail "link $number is not found again"
	goes_on "the return of link $number"
done
sed -i 's/"topology": true/"topology": true, "ageing_s": 200/' "$tmp/sdn.json"
"$ctl" "$tmp/sdn.sock" reload >/dev/null
goes_on "a reload"
kill -KILL "${pid_of[sdn]}"
wait "${pid_of[sdn]}" 2>/dev/null || true
goes_on "the end of the controller"
rm -f "$tmp/sdn.sock"
controller
poll 30 links_are 4 || fail "the links are not found by the new controller"
goes_on "the return of the controller"
stop calls INT
stop stream INT
lost=$(sed -n 's|.*ms  *\([0-9]*\)/\([0-9]*\) (.*|\1 \2|p' "$tmp/datagrams.log" | awk '{ lost += $1; n += $2 } END { print lost " of " n + 0 }')
[ "${lost#* of }" -gt 1000 ] || fail "iperf3 tells nothing of datagrams: $(tail -n 5 "$tmp/datagrams.log")"
note "$lost datagrams lost while links failed and the controller did"
stop sniffer
strange=$(tcpdump -n -r "$tmp/strange.pcap" 2>/dev/null | wc -l)
[ "$strange" -lt 200 ] || fail "$strange frames of the load came to a host that they were not for"
note "$strange frames came to a third host, as floods"

# The switches forget all; their hosts notice no more than that.
kill -USR1 "${pid_of[ring]}"
poll 30 links_are 4 || fail "the links are not found after the switches' restart: $("$ctl" "$tmp/sdn.sock" links)"
poll 10 edges_are 4 || fail "the hosts' ports are no edges after the restart"
ping_all "after the switches' restart"
stop sdn
expect 0 "$status" "exit status"
