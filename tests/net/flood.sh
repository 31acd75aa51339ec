#!/bin/bash
# Floods of ten kinds as fast as a packet socket sends, on both devices of real interfaces,
# 1 s each (30 s when long): a client that is known keeps its answers, the first query after
# it is answered, answers to groups stay few, memory is flat and no page is lost.
# tools/bench flood measures the same on a wire with a core for the server.
. "$(dirname "$0")/lib.sh"

python=/usr/bin/python3 # the one that Debian's python3-scapy is for
$python -c 'import scapy' 2>/dev/null || skip "python3-scapy is missing; tools/deps installs it"
flood=$(program flood)
seconds=1
[ "${WADI_LONG:-no}" = no ] || seconds=30
# Of 100 answers; what is missing was lost while other programs had the worker's core.
wanted=80

# Other programs of the machine shall not decide. The scheduler weighs sessions against each
# other, so each program here is a session, and comes first; flood and client have another
# core than the server, if there is one.
read -r core other < <(python3 -c 'import os; cores = sorted(os.sched_getaffinity(0)); print(cores[0], cores[-1])')
prefer='echo -20 2>/dev/null >/proc/self/autogroup; exec "$@"'

# beside COMMAND...: in the client's namespace.
beside() {
	within "$client" setsid -w taskset -c "$other" sh -c "$prefer" sh "$@"
}

netns "$server" "$client"
mac=02:00:00:00:00:53
veth "$server" w0 "$client" w1 address $mac
mapfile -t kinds < <($python tests/net/flood.py make "$tmp" $mac example.org)
expect 10 ${#kinds[@]} "kinds of floods"

# rss NAME: resident KiB.
rss() {
	awk '/^VmRSS/ { print $2 }' "/proc/${pid_of[$1]}/status"
}

# port NAME COUNTER: of the one port.
port() {
	"$ctl" "$tmp/$1.sock" ports --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["ports"][0][sys.argv[1]])' "$2"
}

# sent NAME: frames sent by the worker.
sent() {
	"$ctl" "$tmp/$1.sock" metrics | awk '/^wadi_workers_tx_pkts_total/ { sum += $2 } END { print sum }'
}

# survives DEVICE KIND: floods the server once.
survives() {
	local device=$1 kind=$2 percent frames before limit
	local addr=10.53.0.2
	case $kind in ns | na | dad | group-echo) addr=fd53::2 ;; esac
	before=$(sent "$device")
	beside "$flood" "$tmp/$kind.pcap" w1 $seconds >"$tmp/sent" &
	flooding=$!
	percent=$(beside chrt -f 1 $python tests/net/flood.py ask $addr $seconds)
	wait $flooding || fail "the flood of $kind was not sent"
	# A resolver tries twice; neither waits until the server has recovered.
	expect 192.0.2.80 "$(ask "$client" www.example.org A)" "$device: first answer after the flood of $kind"
	frames=$(cat "$tmp/sent")
	kept+=("$kind $percent% ($((frames / seconds / 1000))k/s)")
	# A server that answers nothing is a defect at any speed.
	[ "$percent" -ge $((wanted / scale)) ] || fail "$device: in a flood of $kind a client keeps $percent % of its answers"
	case $kind in dad | group-echo)
		# 20 a second to groups, 100 to the client, and the neighbours that other floods
		# have left in the table, 1,024 at most, are asked thrice whether they are there.
		limit=$((120 * (seconds + 2) * scale + 3 * 1024))
		before=$(($(sent "$device") - before))
		[ $before -lt $limit ] || fail "$device: $before frames sent in a flood of $kind"
		;;
	esac
}

for device in af_packet af_xdp; do
	conf "$device" "$device:w0"
	start "$device" "$server" setsid taskset -c "$core" sh -c "$prefer" sh "$dns" serve -c "$tmp/$device.json"
	ready "$device"
	answers "$client"
	pages=$(port "$device" pages_free)
	before=$(rss "$device")
	kept=()
	for kind in "${kinds[@]}"; do
		survives "$device" "$kind"
	done
	[ "$(drops "$device" icmp6.group_rate)" -gt 1000 ] || fail "$device: answers to groups were not limited"
	answers "$client"
	# XDP sockets have the pages of their last frames until the next one is sent.
	pages_are_back() {
		[ "$(port "$device" pages_free)" -ge $((pages - 8)) ]
	}
	poll 10 pages_are_back || fail "$device: $(port "$device" pages_free) pages are free, and $pages were before"
	after=$(rss "$device")
	[ $((after - before)) -lt 4096 ] || fail "$device: memory has grown from $before to $after KiB"
	note "$device: answers that a client keeps: $(printf '%s; ' "${kept[@]}")memory $before to $after KiB"
	stop "$device"
	expect 0 "$status" "exit status on $device"
done
