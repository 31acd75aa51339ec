#!/bin/bash
# What is asked of wadi-dns is found in its counters: by type, code, size, transport and
# zone; a zone that is removed takes its counters with it.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0
serve dns "$server"

# counted COMMAND TABLE COLUMN NAME KEY: the number under KEY in the row called NAME.
counted() {
	"$ctl" "$tmp/dns.sock" "$1" --json | python3 -c "
import json, sys
table, column, name, key = sys.argv[1:]
rows = [row for row in json.load(sys.stdin)[table] if row.get(column) == name]
print(rows[0][key] if rows else 'no such row')" "${@:2}"
}
expect_count() {
	expect "$1" "$(counted "${@:2}")" "counter ${*:2}"
}
query() {
	within "$client" dig @10.53.0.2 +tries=1 +time=2 "$@" >/dev/null || fail "no reply to $*"
}

for _ in 1 2 3; do query www.example.org A +noedns; done
query www.example.org AAAA +noedns
query none.example.org A +noedns
query example.com A +noedns
query www.example.org TYPE65280 +dnssec +nocookie
within "$client" dig @fd53::2 +noedns www.example.org A >/dev/null || fail "no reply over IPv6"

stats() { expect_count "$1" stats "${@:2}" count; }
stats 6 replies_by_type type A
stats 1 replies_by_type type AAAA
stats 1 replies_by_type type other
stats 6 replies_by_rcode rcode NOERROR
stats 1 replies_by_rcode rcode NXDOMAIN
stats 1 replies_by_rcode rcode REFUSED
stats 4 replies_by_kind kind positive
stats 7 replies_by_transport transport 'UDP over IPv4'
stats 1 replies_by_transport transport 'UDP over IPv6'
stats 1 replies_with mark edns
metrics=$("$ctl" "$tmp/dns.sock" metrics)
for line in '# TYPE wadi_replies_by_type_total counter' 'wadi_replies_by_type_total{type="A"} 6' \
	'wadi_dns_queries_total 8' 'wadi_ifaces_link_up{iface="net0"} 1'; do
	grep -qxF "$line" <<<"$metrics" || fail "metrics lack $line"
done
stats 1 replies_with mark dnssec_ok
"$ctl" "$tmp/dns.sock" stats | has_line '^SRV ' && fail "stats shows what is zero"
"$ctl" "$tmp/dns.sock" stats --all | has_line '^SRV ' || fail "stats --all does not show what is zero"

zone_stats() { expect_count "$1" zone-stats zones origin example.org. "$2"; }
zone_stats 7 replies
zone_stats 4 positive
zone_stats 2 nodata
zone_stats 1 nxdomain
"$ctl" "$tmp/dns.sock" reload --all >/dev/null || fail "the reload failed"
zone_stats 7 replies
query big.example.org TXT +noedns +ignore
zone_stats 8 replies
stats 1 replies_with mark truncated
"$ctl" "$tmp/dns.sock" zone-stats EXAMPLE.org | has_line '^example.org. ' || fail "zone-stats does not find the zone"
"$ctl" "$tmp/dns.sock" zone-stats none 2>"$tmp/none.log" && fail "zone-stats tells of no zone"
grep -q 'none. is not one of the zones' "$tmp/none.log" || fail "zone-stats does not say what is wrong"
"$ctl" "$tmp/dns.sock" zone-remove example.org >/dev/null || fail "the zone was not removed"
"$ctl" "$tmp/dns.sock" reload >/dev/null || fail "the zone did not come back"
zone_stats 0 replies
