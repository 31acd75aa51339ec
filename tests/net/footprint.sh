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
sleep 0.5
begin=$(date +%s%3N)
start dns "$server" "$dns" serve -c "$tmp/dns.json"
wait $waiter
first=$(($(cat "$tmp/first") - begin))
ready dns
answers "$client"

# Nanoseconds that its threads have run, to the kernel scheduler's own measure.
ran_ns() {
	cat /proc/"${pid_of[dns]}"/task/*/schedstat | awk '{ sum += $1 } END { printf "%d\n", sum }'
}
sleep 0.5
before=$(ran_ns)
sleep 4
idle=$((($(ran_ns) - before) / 4000000))
read -r median worst < <(within "$client" python3 bench/first_answer.py idle)
rss=$(awk '/VmRSS/ { print $2 }' "/proc/${pid_of[dns]}/status")

note "first answer after $first ms"
note "resident $((rss / 1024)) MB"
note "idle $((idle / 10)).$((idle % 10)) % of a core"
note "first packet after idleness $median ms (median), $worst ms (worst)"
[ $idle -lt 150 ] || fail "an idle appliance takes more than 15 % of a core"
[ "$rss" -lt 65536 ] || fail "more than 64 MB resident with a small zone"
[ $first -lt 5000 ] || fail "more than 5 s until the first answer"
