#!/bin/bash
# Floods of ten kinds as fast as a packet socket sends, 3 s each (30 s when long): a
# client that is known keeps its answers, memory stays flat, and the first query after it
# is answered. How many answers the client keeps depends on the machine, which the flood
# uses up; the gate demands half, and prints all.
. "$(dirname "$0")/lib.sh"

python=/usr/bin/python3 # the one that Debian's python3-scapy is for
$python -c 'import scapy' 2>/dev/null || skip "python3-scapy is missing; tools/deps installs it"
flood=$(program flood)
seconds=3
wanted=50
devices=(af_packet)
if [ "${WADI_LONG:-no}" = yes ]; then
	seconds=30 devices+=(af_xdp)
fi

netns "$server" "$client"
mac=02:00:00:00:00:53
veth "$server" w0 "$client" w1 address $mac
mapfile -t kinds < <($python tests/net/flood.py make "$tmp" $mac example.org)
expect 10 ${#kinds[@]} "kinds of floods"

# rss NAME: resident KiB.
rss() {
	awk '/^VmRSS/ { print $2 }' "/proc/$(pgrep -P "${pid_of[$1]}" wadi-dns || echo "${pid_of[$1]}")/status"
}

for device in "${devices[@]}"; do
	conf "$device" "$device:w0"
	serve "$device" "$server"
	answers "$client"
	before=$(rss "$device")
	kept=()
	for kind in "${kinds[@]}"; do
		within "$client" "$flood" "$tmp/$kind.pcap" w1 $seconds >"$tmp/sent" &
		flooding=$!
		percent=$(within "$client" $python tests/net/flood.py ask 10.53.0.2 $seconds)
		wait $flooding || fail "the flood of $kind was not sent"
		kept+=("$kind $percent% ($(($(cat "$tmp/sent") / seconds / 1000))k/s)")
		# A server that answers nothing is a defect at any speed.
		[ "$percent" -ge $((wanted / scale)) ] || fail "$device: in a flood of $kind a client keeps $percent % of its answers"
		poll 5 ask "$client" www.example.org A || fail "$device: no answer after the flood of $kind"
		expect 192.0.2.80 "$(ask "$client" www.example.org A)" "answer after the flood of $kind"
	done
	answers "$client"
	after=$(rss "$device")
	[ $((after - before)) -lt 4096 ] || fail "$device: memory has grown from $before to $after KiB"
	note "$device: answers that a client keeps: $(printf '%s; ' "${kept[@]}")memory $before to $after KiB"
	stop "$device"
	expect 0 "$status" "exit status on $device"
done
