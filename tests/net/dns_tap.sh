#!/bin/bash
# The first run: config/dns.json on its TAP, asked from the host side.
. "$(dirname "$0")/lib.sh"

netns "$host"
start dns "$host" "$dns" serve -c config/dns.json --set "control.socket=$tmp/dns.sock"
ready dns
host_side "$host" wadi0

expect NOERROR "$(within "$host" dig @10.53.0.2 example.org SOA | sed -n 's/.*status: \([A-Z]*\).*/\1/p')" "SOA of example.org"
[ -n "$(ask "$host" example.org NS)" ] || fail "no NS of example.org"
[ -n "$(ask "$host" example.org SOA @fd53::2)" ] || fail "no answer over IPv6"
within "$host" dig @10.53.0.2 nothing.example.org A | has_line NXDOMAIN || fail "no NXDOMAIN"
within "$host" dig @10.53.0.2 example.com A | has_line REFUSED || fail "no REFUSED outside the zone"

"$ctl" "$tmp/dns.sock" ports | has_line wadi0 || fail "wadi-ctl ports does not show wadi0"
for command in status stats drops ports; do
	"$ctl" "$tmp/dns.sock" $command --json | python3 -m json.tool >/dev/null || fail "$command --json is not JSON"
done

stop dns
expect 0 $status "exit status after SIGTERM"
ip -n "$host" link show wadi0 2>/dev/null && fail "the TAP outlived its process"
[ ! -e "$tmp/dns.sock" ] || fail "the control socket outlived its process"
