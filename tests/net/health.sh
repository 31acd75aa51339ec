#!/bin/bash
# wadi-ctl health: its exit status and rows for a server that is well, and for each thing that
# can be wrong with one: a worker that hangs, a link that is down, addresses that another host
# has, a stale zone, signatures that expire, a failed reload, no zones, no server.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1

# health STATUS NAME [OPTION...]: asks; the reply is in $reply.
health() {
	local wanted=$1 name=$2 got=0
	reply=$("$ctl" "$tmp/$name.sock" health --json "${@:3}" 2>"$tmp/health.err") || got=$?
	expect "$wanted" "$got" "exit status of health: $reply $(<"$tmp/health.err")"
}

# row CHECK [KEY]: the state of a check in $reply, or another member.
row() {
	python3 -c '
import json, sys
rows = [row for row in json.loads(sys.argv[1])["checks"] if row["check"] == sys.argv[2]]
print(rows[0][sys.argv[3]] if rows else "none")' "$reply" "$1" "${2:-state}"
}

# shows CHECK STATE TEXT
shows() {
	expect "$2" "$(row "$1")" "state of $1 ($(row "$1" detail))"
	[[ "$(row "$1" detail)" == *"$3"* ]] || fail "$1 says '$(row "$1" detail)', not '$3'"
}

# state_is NAME STATE: the state of all.
state_is() {
	reply=$("$ctl" "$tmp/$1.sock" health --json 2>/dev/null) || true
	[ "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])["state"])' "$reply")" = "$2" ]
}

conf dns af_packet:w0 workers=2
sed -i 's|"ports"|"log": { "level": "debug" }, "ports"|' "$tmp/dns.json"
serve dns "$server"
answers "$client"
poll 20 state_is dns ok || fail "not healthy: $reply"
health 0 dns --strict
shows workers ok "2 of 2 take their turns"
shows dns.answers ok "SOA example.org.: 4 replies of 2 workers"
shows dns.zones ok "1 of 1 are served as in their files"
shows dns.signatures ok "no zone is signed"
shows ports.net0 ok up
shows pages ok ""
shows reload ok "the last start was"

# The checks that docs/operations.md shows.
checks=$(grep -o 'wadi-ctl /run/wadi/dns.sock health[a-z0-9 -]*' docs/operations.md | sed 's/ *$//')
expect 4 "$(wc -l <<<"$checks")" "health checks in docs/operations.md"
while read -r _ _ words; do
	# shellcheck disable=SC2086 # words of a command
	"$ctl" "$tmp/dns.sock" $words >/dev/null || fail "the health check '$words' fails"
done <<<"$checks"

# At level debug the control thread says what it does.
for line in "net0 (af_packet:w0): opened, address .*, MTU 1500, queues 2 of" \
	"worker 1 runs on" "uid 0, gid 0, sandbox on" "/.*/dns.zone is read, for zone example.org." \
	"worker1: start worker=1" "worker0: listen udp=53" "worker.: neigh state=" \
	"net0: the address 10.53.0.2 is used" "net0: the gateway 10.53.0.1 answers" \
	"root (uid 0, pid [0-9]*): health"; do
	poll 10 grep -q "debug: $line" "$tmp/dns.log" || fail "not logged at level debug: $line"
done

# It is counted as what it is, queries that did not come by the port.
expect 0 "$("$ctl" "$tmp/dns.sock" ports | grep -c 'held *[0-9]')" "held addresses"

# A worker that hangs is named; afterwards all is well again.
hung() {
	python3 tests/net/freeze.py "${pid_of[dns]}" worker1 "$ctl" "$tmp/dns.sock" health --json
}
status=0
reply=$(hung) || status=$?
expect 1 "$status" "exit status with a worker that hangs"
shows workers failed "1 of 2 take no turn"
shows workers failed ": 1 (2"
shows dns.answers ok "2 replies of 1 workers"
poll 20 state_is dns ok || fail "not healthy after a worker hung: $reply"

# A zone that is broken is still served; a configuration that is broken changes nothing.
cp "$tmp/dns.zone" "$tmp/good.zone"
echo 'www A 300.1.1.1' >>"$tmp/dns.zone"
! "$ctl" "$tmp/dns.sock" reload >/dev/null 2>&1 || fail "a broken zone is reloaded"
health 0 dns
health 1 dns --strict
shows dns.zones warning "the first is example.org.: "
shows reload warning "failed: "
cp "$tmp/good.zone" "$tmp/dns.zone"
"$ctl" "$tmp/dns.sock" reload >/dev/null
health 0 dns --strict
shows reload ok "the last reload was"

ip -n "$server" link set w0 down
poll 10 state_is dns failed || fail "a link that is down is not seen: $reply"
health 1 dns
shows ports.net0 failed "the link of af_packet:w0 is down"
ip -n "$server" link set w0 up
poll 20 state_is dns ok || fail "not healthy when the link is back: $reply"

# Only zone-remove ends with no zone at all here.
"$ctl" "$tmp/dns.sock" zone-remove example.org >/dev/null
health 1 dns
shows dns.zones failed "there is no zone"
shows dns.answers ok "CH TXT id.server."
"$ctl" "$tmp/dns.sock" zone-add example.org "$tmp/dns.zone" >/dev/null
health 0 dns --strict
"$ctl" "$tmp/dns.sock" health | has_line '^workers *ok ' || fail "no table"
stop dns
health 3 dns
grep -q "dns.sock" "$tmp/health.err" || fail "not said which appliance cannot be asked"

# Another host has the addresses.
ip -n "$client" addr add 10.53.0.2/24 dev w1
conf held af_packet:w0
serve held "$server"
poll 20 state_is held warning || fail "a held address is not seen: $reply"
shows ports.net0 warning "1 of its addresses are not used: the host "
"$ctl" "$tmp/held.sock" ports --json | python3 -c '
import json, sys
assert json.load(sys.stdin)["ports"][0]["held"] == ["10.53.0.2"]' || fail "ports does not show the held address"
ip -n "$client" addr add fd53::2/64 dev w1 nodad
stop held
serve held "$server"
poll 20 state_is held failed || fail "no usable address is not seen: $reply"
stop held
