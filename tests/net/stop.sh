#!/bin/bash
# A stop while a large zone is loaded does not wait for the load, at the start nor in a
# reload; how long both take is compared with each other.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0
seq 1 1500000 | sed 's/.*/n& A 192.0.2.1/' >>"$tmp/dns.zone"

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

# stop_ms: stops the server; how long that took is then in $took_ms.
stop_ms() {
	local began
	began=$(now_ms)
	stop dns
	took_ms=$(($(now_ms) - began))
	expect 0 $status "exit status after a stop: $(tail -n 1 "$tmp/dns.log")"
	[ "$(tail -n 1 "$tmp/dns.log" | grep -c 'wadi-dns: stopping')" = 1 ] ||
		fail "the log does not end with the stop: $(tail -n 3 "$tmp/dns.log")"
}

# during MS: in the midst of what takes so long; three quarters of it are left.
during() {
	sleep "$(($1 / 4000)).$(printf '%03d' $(($1 / 4 % 1000)))"
}

# tries N COMMAND...: until the command succeeds, at most N times.
tries() {
	local n=$1
	shift
	for ((; n > 0; n--)); do
		! "$@" || return 0
	done
	return 1
}

start dns "$server" "$dns" serve -c "$tmp/dns.json"
poll 120 grep -q 'started in' "$tmp/dns.log" || fail "the server does not start"
load_ms=$(sed -n 's/.*started in \([0-9]*\) ms.*/\1/p' "$tmp/dns.log")
stop_ms
idle_ms=$took_ms

# Each is tried up to three times: what else the machine does stretches a stop or a load alone.
at_start() {
	start dns "$server" "$dns" serve -c "$tmp/dns.json"
	during "$load_ms"
	stop_ms
	grep -q 'stopping before anything was served' "$tmp/dns.log" || return 1
	[ $took_ms -lt $((load_ms / 2 + idle_ms)) ]
}
tries 3 at_start || fail "a stop at the start took $took_ms ms, the load takes $load_ms ms, a stop without it $idle_ms ms"
note "stopped in $took_ms ms of a load of $load_ms ms"

in_reload() {
	start dns "$server" "$dns" serve -c "$tmp/dns.json"
	poll 120 grep -q 'started in' "$tmp/dns.log" || fail "the server does not start"
	touch "$tmp/dns.zone"
	kill -HUP "${pid_of[dns]}"
	during "$load_ms"
	stop_ms
	! grep -q 'error: .*dns.zone' "$tmp/dns.log" || fail "a zone counts as broken: $(cat "$tmp/dns.log")"
	grep -q 'not reloaded, nothing has changed: the server is stopping' "$tmp/dns.log" || return 1
	[ $took_ms -lt $((load_ms / 2 + idle_ms)) ]
}
tries 3 in_reload ||
	fail "a stop in a reload took $took_ms ms, the load takes $load_ms ms, a stop without it $idle_ms ms: $(tail -n 3 "$tmp/dns.log")"
note "stopped in $took_ms ms in a reload, in $idle_ms ms without"
