#!/bin/bash
# Three wadi-sdn that share three switches of Open vSwitch by a real etcd: each is master of one. One is killed under ping:
# the others take its switch; it comes back and gets one again. One is stopped, and leaves its switch at once; the last
# one has them all.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"
. "$(dirname "$0")/members.sh"

hosts=(wadi-h1-$$ wadi-h2-$$ wadi-h3-$$)
netns "${hosts[@]}"
members '"topology": false,'

# Three switches in a line, each with a host.
ovs_start
ovs_cable x1 x2
ovs_cable y2 y3
for i in 1 2 3; do
	ovs_host "${hosts[i - 1]}" "h$i" "10.9.0.$i/24"
done
ovs_bridge s1 0000000000000001 13 h1 x1
ovs_bridge s2 0000000000000002 14 h2 x2 y2
ovs_bridge s3 0000000000000003 15 h3 y3

poll 20 shares 1 left right third || fail "not each of them is master of one switch: $(state)"
# What switches say: each has one master and two slaves.
obeyed() {
	[ "$(vsctl --bare --columns=role find controller role=master | grep -c master)" = 3 ] &&
		[ "$(vsctl --bare --columns=role find controller role=slave | grep -c slave)" = 6 ]
}
poll 10 obeyed || fail "$(vsctl list controller)"

meet() {
	local from to
	for from in 0 1 2; do
		for to in 1 2 3; do
			within "${hosts[from]}" ping -q -c 1 -W 1 "10.9.0.$to" || return 1
		done
	done
}
forget() {
	local i
	for i in 1 2 3; do
		within "$client" ovs-ofctl -O "OpenFlow$((i + 12))" del-flows "s$i" "cookie=0x7761646900000001/-1"
	done
}
poll 10 meet || fail "hosts do not reach each other: $(state)"

# The page and programs are told who is master.
masters() {
	within "$client" curl -sS -m $((10 * scale)) -H "Authorization: Bearer $(cat "$tmp/token")" http://10.54.0.2:8181/api/v1/switches |
		python3 -c "import json, sys; print(*sorted(row['master'] or '-' for row in json.load(sys.stdin)['switches']))"
}
expect "left right third" "$(masters)" "masters, by REST"
grep -q '"members": *3' <("$ctl" "$tmp/third.sock" cluster --json) || fail "$(state)"

# Intents for one share would be of no use: each controller has those of its own file.
expect 409 "$(within "$client" curl -sS -m $((10 * scale)) -o "$tmp/put" -w '%{http_code}' -X PUT -d '{ "networks": [ { "name": "n", "vlan": 5 } ] }' -H "Authorization: Bearer $(cat "$tmp/token")" \
	-H "Content-Type: application/json" http://10.53.0.2:8181/api/v1/intents)" "intents where switches are shared"
grep -q "shared by several controllers" "$tmp/put" || fail "$(cat "$tmp/put")"
expect "{}" "$(cat "$tmp/left.intents.json")" "the file of intents that were refused"

# One is killed under ping, while no flows are there: the others take its switch.
within "${hosts[0]}" ping -i 0.02 -W 1 10.9.0.3 >"$tmp/ping" &
pinger=$!
poll 5 grep -q "icmp_seq=20 " "$tmp/ping" || fail "$(cat "$tmp/ping")"
begin=$(date +%s%N)
stop right KILL
two() {
	[ $(($(serves left) + $(serves third))) = 3 ]
}
poll 10 two || fail "nobody takes the switch of one that was killed: $(state)"
note "killed: its switch was taken after $((($(date +%s%N) - begin) / 1000000)) ms"
kill $pinger
wait $pinger || true
note "$(sed -n 's/.*icmp_seq=\([0-9]*\) .*/\1/p' "$tmp/ping" | awk '{ last = $1 } END { print last - NR }') pings lost (one each 20 ms)"
forget
poll 10 meet || fail "hosts do not reach each other after one was killed: $(state)"

# It comes back, and gets a switch again; nothing else moves.
controller right
poll 20 shares 1 left right third || fail "one that comes back gets no share: $(state)"
changes=$("$ctl" "$tmp/left.sock" cluster | awk '$1 == "generation" { print $2 }')
forget
poll 10 meet || fail "hosts do not reach each other after one came back: $(state)"
expect "$changes" "$("$ctl" "$tmp/left.sock" cluster | awk '$1 == "generation" { print $2 }')" "generation of shares that are even"

# An upgrade that fails at its end: the old process has left the others by then, and is one of them again.
start relay "wadi-left-$$" tests/net/handover_relay.py "$tmp/relay.sock" "$tmp/left.sock"
poll 5 test -S "$tmp/relay.sock" || fail "no relay: $(cat "$tmp/relay.log")"
status=0
within "wadi-left-$$" timeout $((20 * scale)) "$sdn" serve --replace -c "$tmp/left.json" --set control.socket="$tmp/relay.sock" \
	>"$tmp/fails.log" 2>&1 || status=$?
expect 1 $status "exit status of a process that cannot serve: $(cat "$tmp/fails.log")"
unset "pid_of[relay]"
poll 10 grep -q "this one serves again" "$tmp/left.log" || fail "the old process does not serve again: $(cat "$tmp/left.log")"
poll 20 shares 1 left right third || fail "one whose upgrade failed gets no share: $(state)"
forget
poll 10 meet || fail "hosts do not reach each other after an upgrade that failed: $(state)"

# Two are stopped, one of them the one that gives the shares: the last one has all.
for name in left third; do
	stop $name
	expect 0 "$status" "exit status"
done
poll 10 shares 3 right || fail "the last one does not have all switches: $(state)"
forget
poll 10 meet || fail "hosts do not reach each other by the last one: $(state)"
stop right
expect 0 "$status" "exit status"
