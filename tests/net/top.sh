#!/bin/bash
# wadi-ctl on a terminal, of which terminal.py is the screen: the live view of a wadi-dns under load,
# at several sizes, while the server stops, dies and comes back; every way to end it.
. "$(dirname "$0")/lib.sh"
terminal=$root/tests/net/terminal.py

# seen STEP ARGUMENT...: what terminal.py says is wrong.
seen() {
	within "$host" python3 "$terminal" "$@" >"$tmp/terminal.log" 2>&1 || fail "$1: $(cat "$tmp/terminal.log")"
}

# as_json WORD...: as a list.
as_json() {
	python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "$@"
}

netns "$host"
conf dns tap:wadi0
serve dns "$host"
host_side "$host" wadi0
answers "$host"

# No terminal: one picture without a sequence; it is not for programs.
"$ctl" "$tmp/dns.sock" top >"$tmp/picture"
grep -q '^packets in  *[0-9]*/s' "$tmp/picture" || fail "the picture: $(cat "$tmp/picture")"
! grep -q $'\033' "$tmp/picture" || fail "the picture has sequences of a terminal"
[ "$(wc -L <"$tmp/picture")" -le 80 ] || fail "the picture is wide: $(cat "$tmp/picture")"
got=0
"$ctl" "$tmp/dns.sock" top --json 2>"$tmp/json.log" || got=$?
expect 2 $got "exit status of top --json"
grep -q 'stats and drops have --json' "$tmp/json.log" || fail "top --json: $(cat "$tmp/json.log")"
got=0
"$ctl" "$tmp/none.sock" top 2>"$tmp/none.log" || got=$?
expect 1 $got "exit status without a server"
grep -q 'is the appliance running?' "$tmp/none.log" || fail "without a server: $(cat "$tmp/none.log")"

seen ends "$ctl" "$tmp/dns.sock"
seen suspend "$ctl" "$tmp/dns.sock"
echo "www.example.org A" >"$tmp/queries"
seen top "$ctl" "$tmp/dns.sock" "$(as_json "$dns" serve -c "$tmp/dns.json")" \
	"$(as_json dnsperf -s 10.53.0.2 -d "$tmp/queries" -Q 200 -l $((4 * scale)))" "${pid_of[dns]}"
unset "pid_of[dns]"
