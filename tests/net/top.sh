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

# Completion, from the tables and from the server.
serve dns "$host"
complete_words() {
	PATH=$(dirname "$ctl"):$PATH WADI_CTL=$tmp bash -c '
		eval "$(wadi-ctl completion bash)"
		complete -p wadi-ctl | grep -q -- "-F _wadi_ctl " || exit 1
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_wadi_ctl "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' "$0" "$@" | paste -sd ' '
}
expect "example.org." "$(complete_words wadi-ctl "$tmp/dns.sock" zone-status e)" "completion of a zone"
expect "example.org." "$(complete_words wadi-ctl zone-status e)" "completion of a zone of the only appliance"
expect "after stale" "$(complete_words wadi-ctl "$tmp/dns.sock" zones '')" "completion of arguments"
expect "top top-talkers" "$(complete_words wadi-ctl to)" "completion of wadi-ctl's own command"
expect "always auto never" "$(complete_words wadi-ctl status --color '')" "completion of an option's value"
expect "$tmp/dns.sock" "$(complete_words wadi-ctl "$tmp/dns.s")" "completion of a socket"
[[ " $(complete_words wadi-ctl '') " == *" $tmp/dns.sock "* ]] || fail "the socket is not offered"
[[ " $(complete_words wadi-ctl "$tmp/dns.sock" zone-add new. '') " == *" README.md "* ]] || fail "files are not offered"
seen shell "$ctl" "$tmp/dns.sock"
mkdir "$tmp/home"
seen prompt "$ctl" "$tmp/dns.sock" "$tmp/home" "${pid_of[dns]}" "$(as_json "$dns" serve -c "$tmp/dns.json")"
unset "pid_of[dns]"
