#!/bin/bash
# DNS over shared memory: wadi-dns on one end of a memif; on the other a second
# process of ours that ties it to a TAP, where dig is.
. "$(dirname "$0")/lib.sh"

netns "$host"
mkdir "$tmp/sockets" "$tmp/control" # the sandbox knows each from a key of its own
conf dns "memif:$tmp/sockets/memif,role=server"
sed -i "s|$tmp/dns.sock|$tmp/control/dns.sock|" "$tmp/dns.json"
ln -s control/dns.sock "$tmp/dns.sock"
serve dns "$host"
start patch "$host" "$(program patch)" "memif:$tmp/sockets/memif,role=client" tap:wadi0,gso=0
linked() {
	ip -n "$host" link show wadi0
}
unlinked() {
	! linked
}
poll 10 linked || fail "the second process made no TAP"
host_side "$host" wadi0
reached() {
	within "$host" ping -c 1 -W 1 10.53.0.2
}
poll 10 reached || fail "no echo through the memif"
answers "$host"
within "$host" ping -c 300 -i 0.002 -s 1472 -q -W 2 10.53.0.2 | has_line ' 0% packet loss' ||
	fail "a fast ping with full frames loses replies"

# The far end may go and come again.
stop patch
expect 0 $status "exit status of the second process"
start patch "$host" "$(program patch)" "memif:$tmp/sockets/memif,role=client" tap:wadi0,gso=0
poll 10 linked || fail "the second process made no TAP the second time"
host_side "$host" wadi0
poll 10 reached || fail "no echo after the far end came again"
answers "$host"

stop dns
expect 0 $status "exit status of wadi-dns"
[ ! -e "$tmp/sockets/memif" ] || fail "the memif socket outlived its process"
stop patch
poll 10 unlinked || fail "the TAP of the second process outlived it"

rm "$tmp/dns.sock"
# The other way round: the client connects again to a server that was killed and started
# again, also one that has given up its rights.
conf dns "memif:$tmp/sockets/memif,role=client" workers=2
"$dns" check -c "$tmp/dns.json" >"$tmp/check.log" 2>&1 || fail "check fails for a server that is not there"
grep -q 'no server listens there' "$tmp/check.log" || fail "check does not say that no server listens"
status=0
within "$host" "$dns" serve -c "$tmp/dns.json" >"$tmp/dns.log" 2>&1 || status=$?
expect 1 $status "exit status of a client without a server"
grep -q 'ports\[0\].device: .*no server listens there; start it first' "$tmp/dns.log" || fail "the start does not say that no server listens"

# far_server: the other end, which answers to its TAP's pings when the link is made.
far_server() {
	start patch "$host" "$(program patch)" "memif:$tmp/sockets/memif,role=server" tap:wadi0,gso=0 2
	poll 10 linked || fail "the far server made no TAP"
	host_side "$host" wadi0
}
state() {
	"$ctl" "$tmp/dns.sock" ports --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["ports"][0]["state"])'
}
is_state() {
	[ "$(state)" = "$1" ]
}
lines() {
	grep -c "$1" "$tmp/dns.log" || true
}
# is_said N TEXT: in so many lines. The log is written by a thread of its own, so a state may be seen before.
is_said() {
	[ "$(lines "$2")" = "$1" ]
}
killed() {
	local pid=${pid_of[patch]}
	unset "pid_of[patch]"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
	poll 10 unlinked || fail "the TAP of a process that was killed is still there"
}
answered() {
	[ "$(ask "$host" www.example.org A +tries=1)" = 192.0.2.80 ] &&
		[ "$(ask "$host" www.example.org A +tries=1 @fd53::2)" = 192.0.2.80 ]
}
# crowd: queries that are under way when the server goes.
crowd() {
	while :; do within "$host" dig @10.53.0.2 www.example.org +tries=1 +time=1 >/dev/null 2>&1 || true; done &
	pid_of[crowd]=$!
}

far_server
serve dns "$host"
poll 10 answered || fail "no answers through the memif of a client"
for times in 1 2 3; do
	crowd
	killed
	stop crowd KILL
	poll 5 is_state lost || fail "the server that was killed is not seen"
	poll 5 is_said $times 'the device is lost; it is taken up again when it is back' || fail "lines about loss $times: $(lines 'is lost')"
	expect 1 "$("$ctl" "$tmp/dns.sock" health >/dev/null; echo $?)" "health of a client without its server"
	far_server
	poll 10 is_state up || fail "the server that is back is not taken up"
	poll 5 is_said $times 'the device is back' || fail "lines about return $times: $(lines 'is back')"
	poll 10 answered || fail "no answers after the server came again"
done
expect 0 "$(lines 'lcore\|rx_pkt_burst')" "complaints of DPDK in the log"

# A server that is stopped keeps nobody: it is said, and the control socket answers.
kill -STOP "${pid_of[patch]}"
poll 20 "$ctl" "$tmp/dns.sock" status --timeout 5 || fail "the control socket does not answer beside a server that is stopped"
kill -CONT "${pid_of[patch]}"
poll 10 reached || fail "no echo after the server was stopped"
stop dns
expect 0 $status "exit status of a client"

conf dns "memif:$tmp/sockets/memif,role=client" 'on_device_loss="exit"'
serve dns "$host"
killed
status=0
wait "${pid_of[dns]}" || status=$?
unset "pid_of[dns]"
expect 3 $status "exit status of a client that ends with its server"
grep -q 'the device is lost; the appliance ends' "$tmp/dns.log" || fail "the end has no reason in the log"
