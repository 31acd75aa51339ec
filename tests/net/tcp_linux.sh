#!/bin/bash
# TCP with the kernel as the peer, on a TAP and by XDP sockets: on a clean line, and behind one that
# loses, delays, doubles and reorders: bulk both ways with checksums, short connections, both ways to
# half-close, resets, keep-alives of both ends, clients of TCP and DNS that people use. In long
# mode 100 MB each time, 10,000 connections, and a peer that vanishes.
#
#   tcp_linux.sh [tap|af_xdp]
. "$(dirname "$0")/lib.sh"
[ -n "$echo_server" ] || skip "$build holds no wadi-echo"
lines=$(program wadi-lines)
bad='impair(loss=1%,reorder=2%,dup=1%,delay=2ms,seed=1)'
clean_bytes=5000000 bad_bytes=600000 conns=600 bad_conns=80
[ "${WADI_LONG:-no}" = no ] || clean_bytes=100000000 bad_bytes=100000000 conns=10000 bad_conns=10000

# peer MANNER [N]: tests/net/tcp_peer.py where the clients are.
peer() {
	within "$from" timeout $((300 * scale)) python3 tests/net/tcp_peer.py "$address" "$@" || fail "$line, $address: $*"
}

# echo_up DEVICE
echo_up() {
	line=$1
	start echo "$at" "$echo_server" serve -c config/echo.json --set "control.socket=$tmp/echo.sock" \
		--set "ports[0].device=$1"
	ready echo
	[ "$at" != "$host" ] || host_side "$host" wadi0
	free=$(pages)
}

# pages: of the port, that nothing holds.
pages() {
	"$ctl" "$tmp/echo.sock" ports --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["ports"][0]["pages_free"])'
}

# tcp COLUMN: a counter of the appliance's TCP.
tcp() {
	"$ctl" "$tmp/echo.sock" stats --json | python3 -c "
import json, sys
rows = json.load(sys.stdin)['tcp']
print((rows[0] if isinstance(rows, list) else rows)['$1'])"
}

# left [STATE]: the connections that the appliance has, its end and the peer's; but for those in the state.
left() {
	"$ctl" "$tmp/echo.sock" tcp --json | python3 -c "
import json, sys
for row in json.load(sys.stdin)['tcp']:
    if row['state'] != '${1:-}':
        print(row['local'], row['peer'])"
}

all_are_quiet() {
	[ -z "$(left ESTABLISHED)" ]
}

none_is_held() {
	[ "$(pages)" -ge "$free" ] && [ "$(tcp opened)" = "$(tcp closed)" ]
}

# A reset that the bad line has lost leaves a connection without a peer, which only a segment finds out.
echo_down() {
	local lost
	if [ "$line" != "$device" ]; then
		poll 30 all_are_quiet || fail "$line: connections do not end: $(left ESTABLISHED)"
		lost=$(left)
		peer again <<<"$lost"
		note "$line: $(grep -c . <<<"$lost" || true) resets never came"
	fi
	poll 30 none_is_held || fail "$line: $(pages) pages are free of $free, $(tcp opened) connections opened, $(tcp closed) closed"
	stop echo
	expect 0 $status "$line: exit status"
}

# characters COMMAND...: 300,000 of chargen's come through it.
characters() {
	cmp "$tmp/characters" <(within "$from" timeout $((60 * scale)) "$@" </dev/null 2>/dev/null | head -c 300000) ||
		fail "$line: $1 got other characters"
}

python3 -c '
ring = bytes(range(32, 127)) * 2
text = b"".join(ring[n:n + 72] + b"\r\n" for n in range(95))
open("'"$tmp"'/characters", "wb").write((text * 50)[:300000])'

echo_tests() {
	echo_up "$device"
	for address in 10.53.0.2 fd53::2; do
		peer bulk $clean_bytes
		peer short "$conns"
		peer resets 60
	done
	echo_down
	echo_up "$bad:$device"
	for address in 10.53.0.2 fd53::2; do
		peer bulk $bad_bytes
		peer short "$bad_conns"
		peer half_close 200000
		peer resets 60
	done
	[ "$(tcp resent)" -gt 0 ] || fail "$line: nothing was sent again"
	[ "$(drops echo impair.loss)" -gt 0 ] || fail "$line: nothing was lost"
	note "$line: $(tcp resent) segments sent again"
	characters nc -d 10.53.0.2 19
	characters curl -s --http0.9 http://10.53.0.2:19/
	characters socat -u TCP:10.53.0.2:19 -
	within "$from" socat -u "OPEN:$tmp/characters" TCP:10.53.0.2:9 || fail "$line: socat to discard"
	# It waits for an answer, which does not come.
	start curl "$from" curl -sv -H Expect: -m $((60 * scale)) -T "$tmp/characters" http://10.53.0.2:9/
	poll 60 grep -q 'completely uploaded' "$tmp/curl.log" || fail "$line: curl to discard"
	stop curl
	expect hello "$(echo hello | within "$from" nc -w 10 -N 10.53.0.2 7)" "$line: answer to nc"
	echo_down
}

dns_tests() {
	local half_closed
	line=$bad:$device address=10.53.0.2
	conf dns "$line"
	serve dns "$at" --set dns.tcp.idle_timeout_s=4
	[ "$at" != "$host" ] || host_side "$host" wadi0
	peer half_closed & # mostly waits
	half_closed=$!
	within "$from" kdig @10.53.0.2 +tcp +keepopen +timeout=$((20 * scale)) www.example.org A big.example.org TXT absent.example.org A \
		>"$tmp/kdig.log" || fail "$line: kdig: $(cat "$tmp/kdig.log")"
	expect 3 "$(grep -c 'status: ' "$tmp/kdig.log")" "$line: replies to kdig +keepopen"
	for manner in "pipeline 500" "many 20"; do
		# shellcheck disable=SC2086 # words
		within "$from" timeout $((60 * scale)) python3 tests/net/dns_tcp.py fd53::2 $manner || fail "$line: $manner"
	done
	printf 'www.example.org A\nbig.example.org TXT\n' >"$tmp/queries"
	within "$from" dnsperf -s 10.53.0.2 -m tcp -d "$tmp/queries" -c 20 -q 100 -n 1000 -t $((20 * scale)) \
		>"$tmp/dnsperf.log" 2>&1 || fail "$line: dnsperf: $(cat "$tmp/dnsperf.log")"
	grep -q 'Queries lost: *0 ' "$tmp/dnsperf.log" || fail "$line: dnsperf: $(cat "$tmp/dnsperf.log")"
	wait $half_closed || fail "$line: half_closed"
	stop dns
	expect 0 $status "$line: exit status"
}

# segments: that came to the clients.
segments() {
	within "$from" python3 -c 'print([line.split()[10] for line in open("/proc/net/snmp") if line.startswith("Tcp:")][1])'
}

nobody_left() {
	[ "$("$ctl" "$tmp/lines.sock" status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["clients"])')" = 0 ]
}

# The kernel asks wadi, then wadi the kernel, which answers while it is there.
keepalive_tests() {
	local before
	line=$device address=10.53.0.2
	start lines "$at" "$lines" serve -c examples/lines/lines.json --set "ports[0].device=$device" \
		--set "control.socket=$tmp/lines.sock" --set lines.keepalive_s=1
	ready lines
	[ "$at" != "$host" ] || host_side "$host" wadi0
	before=$(segments)
	peer keepalive 4
	# The answers to the kernel's probes, and wadi's own.
	[ $(($(segments) - before)) -ge 7 ] || fail "$line: $(($(segments) - before)) segments came to a client with keep-alives"
	if [ "${WADI_LONG:-no}" = yes ]; then
		within "$from" python3 tests/net/tcp_peer.py 10.53.0.2 stay 1234 >"$tmp/stay" &
		poll 10 grep -q there "$tmp/stay" || fail "a client that stays does not come"
		ip -n "$from" link set "$iface" down
		poll 90 nobody_left || fail "$line: a peer that has vanished is still connected"
		kill %% || true
		ip -n "$from" link set "$iface" up
	fi
	stop lines
	expect 0 $status "$line: exit status"
}

tests() {
	echo_tests
	dns_tests
	[ -z "$lines" ] || keepalive_tests
}

# Both devices at once, since most of the time is spent in waiting.
case ${1:-} in
tap)
	netns "$host"
	at=$host from=$host iface=wadi0 device=tap:wadi0
	tests
	;;
af_xdp)
	netns "$server" "$client"
	veth "$server" w0 "$client" w1
	at=$server from=$client iface=w1 device=af_xdp:w0
	tests
	;;
*)
	"$0" tap &
	status=0
	"$0" af_xdp || status=$?
	wait $! || status=$?
	exit $status
	;;
esac
