#!/bin/bash
# Two signals are one stop: a terminal's Ctrl-C and the script around an appliance both
# send one. Nothing is left behind, however close they follow each other. The device is
# inside the process.
. "$(dirname "$0")/lib.sh"

conf dns mem:x
for pause in 0 0 0 0.001 0.002 0.005 0.01 0.02; do
	for pair in "INT TERM" "TERM INT" "INT INT"; do
		"$dns" -c "$tmp/dns.json" >"$tmp/dns.log" 2>&1 &
		pid_of[dns]=$!
		ready dns
		kill "-${pair% *}" "${pid_of[dns]}"
		sleep "$pause"
		for ((i = 0; i < 3; i++)); do
			kill "-${pair#* }" "${pid_of[dns]}" 2>/dev/null || true
		done
		pid=${pid_of[dns]}
		unset "pid_of[dns]"
		status=0
		wait "$pid" || status=$?
		expect 0 "$status" "exit status after $pair, $pause s apart"
		[ ! -e "$tmp/dns.sock" ] || fail "the socket is left behind after $pair, $pause s apart"
	done
done
