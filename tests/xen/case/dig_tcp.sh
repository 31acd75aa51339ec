# dig_tcp: the same over TCP, which dom0's kernel leaves with blank checksums: single queries, several
# on one connection, and what is cut short over UDP.
# shellcheck shell=sh
for address in $v4 $v6; do
	expect "192.0.2.80 192.0.2.81" "$(ask $address www.example.org A +tcp)" "www.example.org A over TCP from $address"
	dig "@$address" +noedns +notcp +ignore long.example.org TXT +tries=1 >/tmp/dig
	grep -q "flags: qr aa tc" /tmp/dig || fail "a long answer is not cut short over UDP from $address"
	dig "@$address" +noedns long.example.org TXT +tries=1 >/tmp/dig
	grep -q "ANSWER: 3," /tmp/dig || fail "a long answer over TCP from $address: $(tail -n 20 /tmp/dig)"
	dig "@$address" +tcp +keepopen +tries=1 www.example.org A nothing.example.org A example.org SOA \
		ns1.example.org AAAA >/tmp/dig
	expect 4 "$(grep -c 'flags: qr aa' /tmp/dig)" "replies on one connection from $address"
done
wadi-ctl "xen:$guest" stats | grep -q "^TCP over IPv6 *[1-9]" || fail "stats lacks replies over TCP"
