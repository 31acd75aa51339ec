#!/bin/bash
# NSD, BIND, Knot and PowerDNS as further opinions: the same random zones, the same
# questions, the same answers (wadi's over UDP, TCP and HTTPS), or a rule of tests/differential that says why not.
# --world N, --question N and --seed S ask a part again; see run.py --help.
. "$(dirname "$0")/lib.sh"

[ "${WADI_LONG:-no}" = no ] || set -- --long "$@"
for program in nsd named knotd pdns_server dnssec-signzone ldns-signzone; do
	command -v $program >/dev/null || skip "$program is not installed; tools/deps test installs it"
done
run() {
	python3 tests/differential/run.py "$@"
}

run check "$tmp" "$@"
run prepare "$tmp" "$@"
netns "$host"
for address in 127.0.0.{2..5}; do
	ip -n "$host" addr add "$address/8" dev lo
done

# other NAME COMMAND...: it ends with this script, whatever ends that.
other() {
	start "$1" "$host" setpriv --pdeathsig KILL "${@:2}"
}
other wadi "$dns" serve -c "$tmp/wadi.json"
other nsd nsd -d -c "$tmp/nsd/conf"
other bind named -g -n 1 -c "$tmp/bind/conf"
# Knot 3.2 turns in a circle at some answers with dozens of targets: it is started
# again when it says nothing.
# shellcheck disable=SC2016 # the inner shell expands it
other knot bash -c 'while :; do
	setpriv --pdeathsig KILL knotd -c "$0" &
	sleep 5
	while dig @127.0.0.4 odd.test SOA +time=1 +tries=3 >/dev/null; do sleep 1; done
	kill -KILL $! && wait $!
done' "$tmp/knot/conf"
other pdns pdns_server --config-dir="$tmp/pdns"
ready wadi
host_side "$host" wadi0
within "$host" python3 tests/differential/run.py ask "$tmp" "$@"
