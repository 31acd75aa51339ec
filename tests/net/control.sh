#!/bin/bash
# wadi-ctl and the control socket of a running wadi-dns: how the appliance is found, the
# protocol without wadi-ctl, one JSON document, the width of a terminal, limits of
# silence, the socket's group, the audit in the log. The device is inside the process.
. "$(dirname "$0")/lib.sh"
control=$root/tests/net/control.py

# tells STATUS PATTERN COMMAND...: what it says is in $out.
tells() {
	local wanted=$1 pattern=$2 got=0
	shift 2
	out=$("$@" 2>&1) || got=$?
	expect "$wanted" $got "exit status of $*: $out"
	grep -q -- "$pattern" <<<"$out" || fail "$* does not say '$pattern' but: $out"
}

# run NAME [OPTION...]: wadi-dns in the background, ready.
run() {
	"$dns" -c "$tmp/$1.json" "${@:2}" >"$tmp/$1.log" 2>&1 &
	pid_of[$1]=$!
	ready "$1"
}

conf dns mem:x
conf other mem:y
run dns --set control.group=12345 --set control.mode=0620
expect "12345 620" "$(stat -c '%g %a' "$tmp/dns.sock")" "group and mode of the socket"
tells 1 'control.group: "nobody-here" is not a group' "$dns" check -c "$tmp/dns.json" --set control.group=nobody-here
tells 1 'control.mode: "rw" is not a mode' "$dns" check -c "$tmp/dns.json" --set control.mode=rw

# Which appliance.
export WADI_CTL=$tmp
tells 0 '^name  *wadi-dns' "$ctl" status
tells 0 'worker0' "$ctl" trace 100
run other
tells 1 "2 appliances run; say which one:" "$ctl" ports
grep -q "^  wadi-ctl $tmp/dns.sock ports$" <<<"$out" || fail "the command to type is not there: $out"
tells 0 '^name  *net0' "$ctl" "$tmp/other.sock" ports
WADI_CTL=$tmp/other.sock tells 0 '^name  *net0' "$ctl" ports
stop other KILL
tells 0 '^name  *wadi-dns' "$ctl" status
mkdir "$tmp/empty"
WADI_CTL=$tmp/empty tells 1 'start one, such as wadi-dns -c FILE' "$ctl" status
tells 2 'a command is needed' "$ctl"

# Completion knows the commands of the one that runs.
complete_words() {
	PATH=$(dirname "$ctl"):$PATH bash -c '
		eval "$(wadi-ctl completion bash)"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_wadi_ctl "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' "$0" "$@" | paste -sd ' '
}
expect "zone-add" "$(complete_words wadi-ctl zone-a)" "completion of the first word"
expect "zone-add" "$(complete_words wadi-ctl "$tmp/dns.sock" zone-a)" "completion behind a socket"
expect "--timeout" "$(complete_words wadi-ctl status --ti)" "completion of an option"

# Mistyped commands, of the service too.
tells 1 'no such command: zone-ad; did you mean zone-add?' "$ctl" zone-ad
tells 1 'no such command: statsu; did you mean stats?' "$ctl" statsu
tells 1 'help lists the commands' "$ctl" frobnicate-it

# What changes something is logged, with the user.
"$ctl" log-level >/dev/null
"$ctl" log-level info >/dev/null
sed 's/example.org/example.net/' "$tmp/dns.zone" >"$tmp/net.zone"
"$ctl" zone-add example.net "$tmp/net.zone" >/dev/null
"$ctl" zone-remove example.net >/dev/null
"$ctl" reload --all >/dev/null
kill -HUP "${pid_of[dns]}"
who="wadi-dns: $(id -un) (uid $(id -u), pid [0-9]*)"
for line in "log-level info" "zone-add example.net $tmp/net.zone" "zone-remove example.net" "reload --all" SIGHUP; do
	poll 10 grep -q "$who: $line\$" "$tmp/dns.log" || fail "the log has no line of $line: $(cat "$tmp/dns.log")"
done
! grep -qE ': (status|log-level|trace|zones)( [0-9]*)?$' "$tmp/dns.log" || fail "questions are logged: $(cat "$tmp/dns.log")"

# Without wadi-ctl.
python3 "$control" protocol "$tmp/dns.sock" || fail "the protocol is not as it is written"
python3 "$control" protocol "$tmp/dns.sock" || fail "the protocol is not as it is written, again"

# The width of a terminal; a row is one line where there is none.
for columns in 80 100 200; do
	for words in help 'drops --all' zones stats status ports reload; do
		# shellcheck disable=SC2086 # words
		read -r longest lines < <(python3 "$control" width $columns "$ctl" $words)
		[ "$longest" -le $columns ] || fail "$words is $longest wide on a terminal of $columns"
		[ "$lines" -gt 1 ] || fail "$words says nothing on a terminal"
	done
done
expect "$("$ctl" drops --all --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["drops"]))')" \
	"$("$ctl" drops --all | tail -n +2 | wc -l)" "lines of drops in a pipe"

# A long list is one document and one table.
mkdir "$tmp/zones"
for ((i = 0; i < 2500; i++)); do
	printf '@ 300 SOA ns.example.org. h 1 2 3 4 5\n@ NS ns.example.org.\n' >"$tmp/zones/z$i.example.zone"
done
stop dns
expect 0 "$status" "exit status"
sed -i 's|"zones": \[|"zones": [ { "directory": "'"$tmp"'/zones", "pattern": "*.zone" }, |' "$tmp/dns.json"
run dns
expect "3 2501" "$(python3 "$control" pages "$tmp/dns.sock")" "parts of the list of zones"
expect 2501 "$("$ctl" zones --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["zones"]))')" \
	"zones in one document"
expect 1 "$("$ctl" zones | grep -c '^origin ')" "headings of the table of zones"
expect 2502 "$("$ctl" zones | wc -l)" "lines of the table of zones"

# What is wrong is said once: in the log, and in the reply.
! grep -q 'warning: .*warning: ' "$tmp/dns.log" || fail "a severity is said twice: $(grep -m 1 'warning: .*warning: ' "$tmp/dns.log")"
grep -q 'wadi-dns: warning: .*(soa-retry)$' "$tmp/dns.log" || fail "the log has no warnings"
mv "$tmp/dns.zone" "$tmp/gone.zone"
said=$(wc -l <"$tmp/dns.log")
tells 1 'wadi-ctl: 1 of 2501 zones have errors and stay as they were$' "$ctl" reload
expect 1 "$(grep -c 'cannot be read' <<<"$out")" "times that the reply says why"
expect 1 "$(tail -n +$((said + 1)) "$tmp/dns.log" | grep -c 'cannot be read')" "times that the log says why"
mv "$tmp/gone.zone" "$tmp/dns.zone"

# Longer than the limit of silence: the server gives signs of life, also to those who know none.
seq 1 1000000 | sed 's/.*/n& A 192.0.2.1/' >>"$tmp/dns.zone"
tells 0 '^loaded  *1$' "$ctl" reload --timeout 2
python3 - "$tmp/dns.sock" "$tmp/dns.zone" <<'END' || fail "a client that knows no signs of life is lost"
import json, os, socket, sys
os.utime(sys.argv[2])
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
client.sendall(b'{"command":"reload"}\n')
line = client.makefile().readline()
reply = json.loads(line)
assert reply["loaded"] == 1, line
assert line[0] == " " or reply["ms"] < 1500, line
END

# A stopped server, first with room for connections, then without.
kill -STOP "${pid_of[dns]}"
tells 1 'gave no sign of life for 1 s: is it stopped' "$ctl" status --timeout=1
mkfifo "$tmp/held"
python3 "$control" fill "$tmp/dns.sock" <"$tmp/held" >"$tmp/filled" &
exec 9>"$tmp/held"
poll 60 grep -q . "$tmp/filled" || fail "the queue does not become full"
tells 1 'gave no sign of life for 1 s: is it stopped' "$ctl" status --timeout 1
# A second server that is to have the same path says so, and does not wait.
tells 1 'a running process serves .*dns.sock: stop it' "$dns" -c "$tmp/dns.json"
exec 9>&-
kill -CONT "${pid_of[dns]}"
poll 10 "$ctl" status || fail "the server does not go on"
stop dns
expect 0 "$status" "exit status"
[ ! -e "$tmp/dns.sock" ] || fail "the socket is left behind"
