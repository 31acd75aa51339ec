#!/bin/bash
# reload_latency: how long answers take before, during and after reloads of a large zone,
# and what memory that takes, with the worker on one core, and the client, which has
# priority, and the reload on the other. usage: bench/reload_latency.sh [NAMES [RATE]],
# 1000000 names and 2000 queries a second when not said. Not a test: nothing here fails
# because something is slow. WADI_BUILD names the build.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/../tests/net/lib.sh"

names=${1:-1000000} rate=${2:-2000}
netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0

large() {
	python3 - "$names" "$1" >"$tmp/new.zone" <<-'END'
	import sys
	names, serial = map(int, sys.argv[1:])
	print(f"$ORIGIN example.org.\n$TTL 300\n@ SOA ns hostmaster {serial} 3600 900 604800 300\n@ NS ns\nns A 10.53.0.2")
	for i in range(names):
	    print(f"h{i} A 198.18.{i >> 8 & 255}.{i & 255}")
	END
	mv "$tmp/new.zone" "$tmp/dns.zone"
}

memory() {
	awk '/^(VmRSS|VmHWM)/ { printf "%s %d MB  ", $1, $2 / 1024 }' "/proc/${pid_of[dns]}/status"
}

# measured SECONDS WHAT
measured() {
	local queries lost rest
	read -r queries lost rest < <(within "$client" chrt -f 10 taskset -c 1 \
		"$build/bench/latency" 10.53.0.2 "$rate" "$1" h77.example.org)
	# shellcheck disable=SC2086
	printf '%-8s %9d %6d %9s %9s %9s %9s   %s\n' "$2" "$queries" "$lost" $rest "$(memory)"
}

served() {
	[ "$(ask "$client" example.org SOA | cut -d ' ' -f 3)" = "$1" ]
}

large 1
serve dns "$server"
poll 60 served 1 || fail "the zone is not served"
printf '%-8s %9s %6s %9s %9s %9s %9s   %s\n' "" queries lost "p50 us" "p99 us" "p99.9 us" "max us" memory
measured 2 warm
measured 10 before
for serial in 2 3; do
	large $serial
	sleep 1
	begin=$(date +%s%3N)
	("$ctl" "$tmp/dns.sock" reload >"$tmp/reload.log" 2>&1; date +%s%3N >"$tmp/reload.end") &
	measured 10 during
	wait $!
	served $serial || fail "serial $serial is not served: $(cat "$tmp/reload.log")"
	echo "         the reload took $(($(cat "$tmp/reload.end") - begin)) ms of these"
	measured 10 after
done
stop dns
