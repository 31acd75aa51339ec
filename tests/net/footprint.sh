#!/bin/bash
# What an appliance costs: start, memory, and a core when nothing is asked. Figures
# are reported; only what is far off fails.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0

within "$client" ip neigh replace 10.53.0.2 lladdr "$(ip -n "$server" -br link show w0 | awk '{ print $3 }')" dev w1
within "$client" python3 bench/first_answer.py >"$tmp/first" &
waiter=$!
start dns "$server" "$dns" serve -c "$tmp/dns.json"
wait $waiter
ready dns
answers "$client"

cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/${pid_of[dns]}/stat"
}
sleep 0.5
before=$(cpu_ticks)
sleep 4
idle=$((($(cpu_ticks) - before) * 1000 / $(getconf CLK_TCK) / 4))
read -r median worst < <(within "$client" python3 bench/first_answer.py idle)
rss=$(awk '/VmRSS/ { print $2 }' "/proc/${pid_of[dns]}/status")

note "first answer after $(cat "$tmp/first") ms"
note "resident $((rss / 1024)) MB"
note "idle $((idle / 10)).$((idle % 10)) % of a core"
note "first packet after idleness $median ms (median), $worst ms (worst)"
[ $idle -lt 150 ] || fail "an idle appliance takes more than 15 % of a core"
[ "$rss" -lt 65536 ] || fail "more than 64 MB resident with a small zone"
[ "$(cat "$tmp/first")" -lt 5000 ] || fail "more than 5 s until the first answer"
