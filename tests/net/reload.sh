#!/bin/bash
# Zones are replaced while queries run: none is lost, and a broken zone changes nothing.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0
serve dns "$server"
answers "$client"

serial() {
	ask "$client" example.org SOA | cut -d ' ' -f 3
}
serves() {
	[ "$(serial)" = "$1" ]
}
mkfifo "$tmp/stop"
within "$client" python3 tests/net/queries.py 10.53.0.2 60 <"$tmp/stop" >"$tmp/queries.log" 2>&1 &
pid_of[queries]=$!
exec 3>"$tmp/stop"

for round in 2 3 4 5 6; do
	zone dns.zone $round
	if [ $((round % 2)) -eq 0 ]; then
		kill -HUP "${pid_of[dns]}"
	else
		"$ctl" "$tmp/dns.sock" reload || fail "wadi-ctl reload failed"
	fi
	poll 5 serves $round || fail "serial $round is not served after the reload, but $(serial)"
done

# A zone that is not one: wadi-ctl says so and the old zone stays.
echo "www A not-an-address" >>"$tmp/dns.zone"
"$ctl" "$tmp/dns.sock" reload >"$tmp/refused.log" 2>&1 && fail "a broken zone was loaded"
grep -q 'dns.zone' "$tmp/refused.log" || fail "the refusal does not name the file: $(cat "$tmp/refused.log")"
kill -HUP "${pid_of[dns]}"
poll 5 grep -qi 'not-an-address' "$tmp/dns.log" || fail "the log does not tell of the broken zone"
serves 6 || fail "the old zone is not served any more"

exec 3>&-
queries=${pid_of[queries]}
unset 'pid_of[queries]'
wait "$queries" || fail "queries were lost during reloads: $(cat "$tmp/queries.log")"
note "$(cat "$tmp/queries.log")"
