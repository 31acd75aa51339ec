#!/bin/bash
# DNS over TCP with real clients on every kind of device of Linux: dig, kdig, dnsperf, and a script
# that cuts its queries anywhere, ends early, reads slowly or not at all, and sends no queries.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client" "$host"
veth "$server" w0 "$client" w1

# tcp_client SERVER MANNER [N]: tests/net/dns_tcp.py in the namespace $from.
tcp_client() {
	within "$from" timeout $((120 * scale)) python3 tests/net/dns_tcp.py "$@" || fail "$device: $*"
}

# count TABLE COLUMN: of the appliance.
count() {
	"$ctl" "$tmp/dns.sock" stats --json | python3 -c "
import json, sys
rows = json.load(sys.stdin)['$1']
print((rows[0] if isinstance(rows, list) else rows)['$2'])"
}

# with_tcp SECONDS NAMESPACE [OPTION...]: the server, which waits so long for a query.
with_tcp() {
	serve dns "$2" --set "dns.tcp.idle_timeout_s=$1" --set dns.tcp.max_per_client=3000 "${@:3}"
}

# up DEVICE NAMESPACE: serves it; clients are in $from.
up() {
	device=$1
	conf dns "$device"
	for i in $(seq 240); do
		printf 'huge TXT "%0240d"\n' "$i" >>"$tmp/dns.zone"
	done
	with_tcp 3 "$2"
}

# What people use: on a busy machine such a client is late by a second.
tools() {
	local address
	for address in 10.53.0.2 fd53::2; do
		expect 192.0.2.80 "$(ask "$from" www.example.org A +tcp "@$address")" "$device: answer over TCP"
		expect 240 "$(ask "$from" huge.example.org TXT +tcp "@$address" | wc -l)" "$device: records of a large set"
		# Over UDP it is cut short, and dig asks again.
		expect 240 "$(ask "$from" huge.example.org TXT "@$address" | wc -l)" "$device: records by way of UDP"
		within "$from" dig "@$address" +tcp +keepopen +keepalive www.example.org A absent.example.org A \
			big.example.org TXT >"$tmp/dig.log" || fail "$device: dig +keepopen: $(cat "$tmp/dig.log")"
		expect 3 "$(grep -c 'flags: qr aa' "$tmp/dig.log")" "$device: replies to dig +keepopen"
		grep -q 'TCP.KEEPALIVE: 3.0 secs' "$tmp/dig.log" || fail "$device: no keepalive in $(cat "$tmp/dig.log")"
	done
	within "$from" kdig @10.53.0.2 +tcp +keepopen www.example.org A big.example.org TXT absent.example.org A \
		>"$tmp/kdig.log" || fail "$device: kdig: $(cat "$tmp/kdig.log")"
	expect 3 "$(grep -c 'status: ' "$tmp/kdig.log")" "$device: replies to kdig +keepopen"
	printf 'www.example.org A\nbig.example.org TXT\nabsent.example.org A\n' >"$tmp/queries"
	within "$from" dnsperf -s 10.53.0.2 -m tcp -d "$tmp/queries" -c 20 -q 200 -n 3000 -t $((10 * scale)) \
		>"$tmp/dnsperf.log" 2>&1 || fail "$device: dnsperf: $(cat "$tmp/dnsperf.log")"
	grep -q 'Queries lost: *0 ' "$tmp/dnsperf.log" || fail "$device: dnsperf: $(cat "$tmp/dnsperf.log")"
}

manners() {
	local address
	for address in 10.53.0.2 fd53::2; do
		tcp_client "$address" splits
		tcp_client "$address" bytewise
		tcp_client "$address" pipeline 2000
		tcp_client "$address" half_close 20
		tcp_client "$address" garbage
		tcp_client "$address" idle
	done
	tcp_client 10.53.0.2 slow 40
	tcp_client 10.53.0.2 deaf
	tcp_client fd53::2 short "$1"
	tcp_client 10.53.0.2 many 500
}

closed() {
	[ "$(count dns_tcp conns)" = 0 ]
}

from=$client
for device in af_packet:w0 af_xdp:w0; do
	up "$device" "$server"
	tools
	stop dns
	with_tcp 1 "$server"
	manners 2000
	poll 20 closed || fail "$device: $(count dns_tcp conns) connections are left"
	expect 1 "$(count dns_tcp slow)" "$device: clients that were closed because they did not read"
	expect 6 "$(count dns_tcp garbage)" "$device: clients that were closed for what they sent"
	expect "$(count dns_tcp opened)" "$(count dns_tcp closed)" "$device: connections closed of those opened"
	stop dns
	expect 0 $status "$device: exit status"
done

from=$host
device=tap:wadi0
conf dns "$device"
for i in $(seq 240); do
	printf 'huge TXT "%0240d"\n' "$i" >>"$tmp/dns.zone"
done
with_tcp 3 "$host" --set "dns.query_log.file=$tmp/queries.log"
host_side "$host" wadi0
tools
stop dns
with_tcp 1 "$host" --set "dns.query_log.file=$tmp/queries.log"
host_side "$host" wadi0
manners 300
tcp_client 10.53.0.2 pipeline 10
"$ctl" "$tmp/dns.sock" stats | has_line '^TCP over IPv6 *[1-9]' || fail "stats lacks what was answered over TCP and IPv6"
"$ctl" "$tmp/dns.sock" metrics | has_line '^wadi_dns_tcp_opened_total [1-9]' || fail "metrics lack connections"
stop dns
grep -q ' tcp ' "$tmp/queries.log" || fail "the query log does not have TCP: $(tail -n 3 "$tmp/queries.log")"

# Limits, and a reload that changes them.
conf dns "$device"
serve dns "$host" --set dns.tcp.max_per_client=20
host_side "$host" wadi0
tcp_client 10.53.0.2 limited 20
expect 1 "$(count dns_tcp refused)" "connections refused"
# While connections with queries come and go, zones are replaced.
within "$from" timeout $((60 * scale)) python3 tests/net/dns_tcp.py 10.53.0.2 short 500 &
asking=$!
for serial in 2 3 4 5 6; do
	zone dns.zone "$serial"
	"$ctl" "$tmp/dns.sock" reload >"$tmp/reload.log" || fail "reload: $(cat "$tmp/reload.log")"
done
wait $asking || fail "a connection got no answer during a reload"
