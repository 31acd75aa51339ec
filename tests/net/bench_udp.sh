#!/bin/bash
# wadi-bench udp between two of it, with one worker and with several, and with wadi-echo: what one
# end sends the other counts.
. "$(dirname "$0")/lib.sh"

bench=$(program wadi-bench)
netns "$server" "$client"
ip link add name w0 netns "$server" numrxqueues 2 numtxqueues 2 type veth peer name w1 netns "$client" numrxqueues 2 numtxqueues 2
ip -n "$server" link set w0 up
ip -n "$client" link set w1 up

# client NAME [option...]
client() {
	local name=$1
	shift
	within "$client" "$bench" udp --to 10.53.0.2:4444 --device af_xdp:w1 --from 10.53.0.1/24 --duration 1 --warm-up 100 --json \
		"$@" >"$tmp/$name.json" 2>"$tmp/$name.log" || fail "$name: $(cat "$tmp/$name.log")"
}
got() {
	python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$tmp/$1.json" "$2"
}
holds() {
	[ "$(got "$1" "$2")" = True ] || fail "$3: $(cat "$tmp/$1.json")"
}

start reflect "$server" "$bench" udp --listen 4444 --device af_xdp:w0 --from 10.53.0.2/24 --json --workers 2 \
	--set "control.socket=$tmp/reflect.sock" "${managed[@]}"
ready reflect
ip -n "$client" addr add 10.53.0.3/24 dev w1
within "$client" ethtool -K w1 tx off >/dev/null
is_managed "$client"
ip -n "$client" addr del 10.53.0.3/24 dev w1
client small --window 10
holds small 'r["sent"] == r["answered"] > 100 and r["sent_bytes"] == 18 * r["sent"] == r["got_bytes"]' "small datagrams"
client large --window 10 --size 1472
holds large 'r["sent"] == r["answered"] > 100 and r["sent_bytes"] == 1472 * r["sent"]' "large datagrams"
client rate --rate 1000 --size 100
holds rate 'r["sent"] + r["unsent"] == 1000 and r["wrong"] == r["stray"] == 0' "datagrams at a rate"

# Each of two workers keeps to the ports whose answers come to it.
client two --window 40 --workers 2
holds two 'r["sent"] == r["answered"] > 100 and r["stray"] == r["wrong"] == 0 and r["workers"] >= 1' "two workers"
seen=$(($(got small 'r["sent"]') + $(got large 'r["sent"]') + $(got rate 'r["sent"]') + $(got two 'r["sent"]')))
stop reflect INT
expect 0 $status "exit status of the other end"
grep "^{" "$tmp/reflect.log" >"$tmp/reflect.json" # behind a warning of the token without TLS
# Warm-ups and the search for ports come on top.
holds reflect "r['datagrams'] >= $seen and r['datagrams_per_s'] > 0" "the other end's count, at least $seen"
note "$(got two 'r["workers"]') of 2 workers found ports on a veth pair with two queues"

start echo "$server" "$echo_server" serve --set "ports[0].name=net0" --set "ports[0].device=af_xdp:w0" --set "ports[0].ipv4=10.53.0.2/24" \
	--set "control.socket=$tmp/echo.sock"
ready echo
client echo --to 10.53.0.2:7 --window 10
holds echo 'r["sent"] == r["answered"] > 100' "datagrams to wadi-echo"

mistake() {
	"$bench" udp "${@:2}" >"$tmp/mistake" 2>&1 && fail "no error of: $*"
	grep -q -- "$1" "$tmp/mistake" || fail "$(cat "$tmp/mistake")"
}
mistake 'either --to or --listen' --device af_xdp:w1
mistake 'either --to or --listen' --device af_xdp:w1 --to 10.53.0.2 --listen 7
