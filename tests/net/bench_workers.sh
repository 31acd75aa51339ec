#!/bin/bash
# wadi-bench with two workers and with two families: sessions of dns over UDP and TCP, and of tcp, whose
# queries the server counts; a share of the queries by IPv6, over each transport, by ports and by sockets.
. "$(dirname "$0")/lib.sh"

bench=$(program wadi-bench)
netns "$server" "$client"
ip link add name w0 netns "$server" numrxqueues 2 numtxqueues 2 type veth peer name w1 netns "$client" numrxqueues 2 numtxqueues 2
for end in "$server w0" "$client w1"; do
	read -r space iface <<<"$end"
	within "$space" sysctl -qw "net.ipv6.conf.$iface.disable_ipv6=1"
	ip -n "$space" link set "$iface" up
done
conf dns af_xdp:w0 workers=2
serve dns "$server"
printf '%s\n' 'www.example.org A NOERROR' 'alias.example.org AAAA' 'nowhere.example.org A NXDOMAIN' >"$tmp/list"

# ask_bench NAME [option...]: the result is $tmp/NAME.json.
port=(--device af_xdp:w1 --from 10.53.0.1/24 --from fd53::1/64)
ask_bench() {
	local name=$1
	shift
	within "$client" "$bench" dns --to 10.53.0.2 "${port[@]}" --queries "$tmp/list" --duration 1 --warm-up 100 --json \
		"$@" >"$tmp/$name.json" 2>"$tmp/$name.log" || fail "$name: $(cat "$tmp/$name.log")"
}
# holds NAME EXPRESSION WHAT
holds() {
	python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' \
		"$tmp/$1.json" "$2" || fail "$3 ($1): $(cat "$tmp/$1.json")"
}

no_connections() {
	! "$ctl" "$tmp/dns.sock" tcp | has_line ESTABLISHED
}

right='r["sent"] == r["answered"] > 100 and r["wrong"] == r["stray"] == r["broken"] == r["duplicate"] == r["unexpected"] == 0'
for way in udp tcp tcp-each; do
	[ $way = udp ] && transport=() || transport=("--$way")
	ask_bench "two-$way" --workers 2 --window 40 "${transport[@]}"
	holds "two-$way" "$right" "two workers"
	# Nothing of it is left at the server.
	poll 5 no_connections || fail "connections are left: $("$ctl" "$tmp/dns.sock" tcp)"
	holds "two-$way" 'r["workers"] == 2' "both workers have sources"
	ask_bench "rate-$way" --workers 2 --rate 1000 "${transport[@]}"
	holds "rate-$way" 'r["sent"] + r["unsent"] == 1000 and r["answered"] == r["sent"]' "two workers at a rate"
	# Four of sixteen sources.
	ask_bench "share-$way" --to-ipv6 fd53::2 --ipv6-share 25 --window 40 "${transport[@]}"
	holds "share-$way" "$right" "two families"
	holds "share-$way" 'r["sources"] == 16 and r["ipv6_share_ppt"] == 250' "the share by IPv6"
done
ask_bench both --workers 2 --to-ipv6 fd53::2 --ipv6-share 50 --window 40
holds both "$right" "two families by two workers"
holds both '400 <= r["ipv6_share_ppt"] <= 600' "the share by IPv6 of two workers"

# Connections of two workers of `tcp`, with a query as the request, and both ends of it.
python3 -c 'import sys; q = b"\0\1\0\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1"; sys.stdout.buffer.write(len(q).to_bytes(2, "big") + q)' >"$tmp/query"
for mode in kept each; do
	within "$client" "$bench" tcp --to 10.53.0.2:53 "${port[@]}" --workers 2 --mode $mode --connections 8 --request "$tmp/query" \
		--answer-bytes 49 --duration 1 --warm-up 100 --json >"$tmp/tcp-$mode.json" 2>"$tmp/tcp.log" || fail "tcp $mode: $(cat "$tmp/tcp.log")"
	holds "tcp-$mode" 'r["answered"] > 50 and r["failed"] == 0' "answers to two workers of tcp"
	poll 5 no_connections || fail "tcp $mode leaves connections: $("$ctl" "$tmp/dns.sock" tcp)"
done

# Mistakes.
mistake() {
	"$bench" dns --device mem:x --from 10.53.0.1/24 --zone example.org "${@:2}" >"$tmp/mistake" 2>&1 && fail "no error of: $*"
	grep -q -- "$1" "$tmp/mistake" || fail "$(cat "$tmp/mistake")"
}
mistake 'is not an IPv6 address' --to 10.53.0.2 --to-ipv6 10.53.0.3 --ipv6-share 10
mistake 'belong together' --to 10.53.0.2 --ipv6-share 10
mistake 'has to be an IPv4 address' --to fd53::2 --to-ipv6 fd53::3 --ipv6-share 10
mistake 'too few' --to 10.53.0.2 --to-ipv6 fd53::3 --ipv6-share 10 --sources 4
stop dns

