#!/bin/bash
# Clocks that step and a process that stops, under a server that answers: libfaketime has the
# real time of the server step by hours, forward and back; then SIGSTOP keeps it from running
# for half a minute. The log names each, cookies, the query log and the age of the zones follow
# the time that is set, answers and reloads go on.
. "$(dirname "$0")/lib.sh"
faketime=$(find /usr/lib -name libfaketimeMT.so.1 -print -quit 2>/dev/null)
[ -n "$faketime" ] || skip "libfaketime is missing: tools/deps run test"

netns "$host"
mkdir "$tmp/clock"
echo +0 >"$tmp/clock/offset"
conf dns tap:wadi0
sed -i "s|\"rate_limit\": .*|\"cookies\": { \"secrets\": [ \"000102030405060708090a0b0c0d0e0f\" ] }, \"query_log\": { \"file\": \"$tmp/queries.log\" } } }|" "$tmp/dns.json"

# Workers may open no file any more, and read only the monotonic clock, which stays as it is.
start dns "$host" env LD_PRELOAD="$faketime" FAKETIME_TIMESTAMP_FILE="$tmp/clock/offset" FAKETIME_NO_CACHE=1 \
	DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 FAKETIME_XRESET=1 "$dns" serve -c "$tmp/dns.json" --set "sandbox.read=[\"$tmp/clock\"]"
ready dns
host_side "$host" wadi0

# flows: both families are answered, within the tries of a client.
flows() {
	[ "$(ask "$host" www.example.org A +tries=1)" = 192.0.2.80 ] &&
		[ "$(ask "$host" www.example.org A @fd53::2 +tries=1)" = 192.0.2.80 ]
}

# cookie [COOKIE]: the server's whole cookie in the answer to a query with this one.
cookie() {
	within "$host" dig @10.53.0.2 www.example.org +cookie="${1:-0102030405060708}" +tries=5 +time="$scale" +qr |
		sed -n 's/^; COOKIE: \([0-9a-f]*\) .*/\1/p'
}

# lines TEXT: how many of the log have it.
lines() {
	grep -c "$1" "$tmp/dns.log" || true
}
log_has() {
	[ "$(lines "$1")" -ge 1 ]
}

# lies SECONDS FROM TO: between them.
lies() {
	[ "$1" -ge "$2" ] && [ "$1" -lt "$3" ]
}

# follows OFFSET: all that has to do with real time is by this many seconds in the future.
follows() {
	local offset=$1 now stamp
	stamp=$((16#$(cookie | cut -c 25-32)))
	now=$(($(date +%s) + offset))
	lies $((now - stamp)) -2 $((30 * scale)) ||
		fail "a cookie is $((now - stamp)) s old at an offset of $offset s"
	ask "$host" "at$offset.example.org" A >/dev/null
	poll 10 grep -q "at$offset.example.org" "$tmp/queries.log" || fail "the query is not in the log"
	stamp=$(date -u -d "$(sed -n "s/ .* at$offset.example.org .*//p" "$tmp/queries.log" | head -n 1)" +%s)
	lies $((now - stamp)) -30 $((30 * scale)) ||
		fail "a line of the query log is $((now - stamp)) s old at an offset of $offset s"
	age=$("$ctl" "$tmp/dns.sock" status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["good_reload_age_s"])')
	lies "$age" 0 $((300 * scale)) || fail "the last good reload is $age s ago at an offset of $offset s"
	poll 20 flows || fail "no answers at an offset of $offset s"
}

# set_clock OFFSET: by so many seconds against the machine's. As a new file: it is never empty.
set_clock() {
	echo "$1" >"$tmp/clock/new"
	mv "$tmp/clock/new" "$tmp/clock/offset"
}

follows 0
before=$(cookie)
set_clock +10800
poll 10 log_has 'the clock was set forward by 10[78][0-9][0-9] s' || fail "the log does not name the step forward"
follows 10800
[ "$(cookie "$before")" != "$before" ] || fail "a cookie of three hours ago is taken as fresh"
set_clock -21600
poll 10 log_has 'the clock was set back by 32[34][0-9][0-9] s' || fail "the log does not name the step back"
follows -21600
zone dns.zone 2
"$ctl" "$tmp/dns.sock" reload >/dev/null || fail "no reload after the clock was set back"
expect 2 "$(ask "$host" example.org SOA | cut -d ' ' -f 3)" "the serial after a reload"
set_clock +0
poll 10 log_has 'the clock was set forward by 21[56][0-9][0-9] s' || fail "the log does not name the second step forward"
follows 0
expect 3 "$(lines 'the clock was set')" "lines about the clock"
expect 0 "$(lines 'did not run')" "lines about a process that runs"
stop dns
expect 0 "$status" "exit status"

# A server is stopped while queries come in.
conf dns tap:wadi0
serve dns "$host"
host_side "$host" wadi0
poll 20 flows || fail "no answers before the stop"
kill -STOP "${pid_of[dns]}"
zone dns.zone 3
for _ in $(seq 30); do
	timeout 1 ip netns exec "$host" dig @10.53.0.2 www.example.org +tries=1 +time=1 >/dev/null 2>&1 || :
	sleep 0.1
done
sleep 5
kill -CONT "${pid_of[dns]}"
poll 20 log_has 'the process did not run for [3-9][0-9] s: it was stopped, or the machine is overloaded' ||
	fail "the log does not name the stop"
poll 20 flows || fail "no answers after the stop"
"$ctl" "$tmp/dns.sock" reload >/dev/null || fail "no reload after the stop"
expect 3 "$(ask "$host" example.org SOA | cut -d ' ' -f 3)" "the serial after the stop"
expect up "$("$ctl" "$tmp/dns.sock" ports --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["ports"][0]["state"])')" \
	"the port after the stop"
expect 0 "$(lines 'the clock was set')" "lines about a clock that nobody set"
expect 0 "$(grep -cE 'conflict|lost|down' "$tmp/dns.log")" "lines about the device after the stop"
stop dns
expect 0 "$status" "exit status"
