#!/bin/bash
# wadi-bench against NSD and wadi-dns: what it counts is what the servers saw, at a rate and
# with a window, over both address families.
. "$(dirname "$0")/lib.sh"

bench=$(program wadi-bench)
command -v nsd >/dev/null || skip "nsd is not installed"

netns "$server" "$client"
veth "$server" w0 "$client" w1
ip -n "$client" addr flush dev w1 # the generator's addresses are its own
conf dns af_xdp:w0
serve dns "$server"
printf '%s\n' '; a comment' 'www.example.org A NOERROR' 'alias.example.org. AAAA' '' \
	'nowhere.example.org A nxdomain' >"$tmp/list"

# ask_bench NAME [option...]: a run of one second whose result is $tmp/NAME.json.
port=(--device af_xdp:w1 --from 10.53.0.1/24 --from fd53::1/64)
what=(--queries "$tmp/list")
ask_bench() {
	local name=$1
	shift
	status=0
	within "$client" "$bench" dns --to 10.53.0.2 "${port[@]}" "${what[@]}" --duration 1 --warm-up 100 --json "$@" >"$tmp/$name.json" 2>"$tmp/$name.log" || status=$?
}
# got NAME EXPRESSION: of the result.
got() {
	python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$tmp/$1.json" "$2"
}
# holds NAME EXPRESSION WHAT
holds() {
	[ "$(got "$1" "$2")" = True ] || fail "$3: $(cat "$tmp/$1.json")"
}

ask_bench window --window 10
expect 0 $status "exit status"
holds window 'r["sent"] == r["answered"] > 1000 and r["lost"] == 0' "answers with a window"
holds window 'r["wrong"] == r["stray"] == r["broken"] == r["late"] == r["duplicate"] == 0' "answers out of place"
holds window 'r["rcodes"]["NOERROR"] - 2 * r["rcodes"]["NXDOMAIN"] in range(-2, 3)' "the mix of response codes"
holds window 'r["latency_us"]["min"] <= r["latency_us"]["50"] <= r["latency_us"]["99.99"] <= r["latency_us"]["max"]' "latencies"

# At a rate the number sent is the rate's.
ask_bench rate --rate 2000
expect 0 $status "exit status at a rate"
holds rate 'r["sent"] + r["unsent"] == 2000 and r["answered"] + r["lost"] == r["sent"]' "queries at a rate"

# The highest rate, roughly: bounds of 30 %, once.
ask_bench most --find-max --searches 1 --warm-up 0 --timeout 200 --set dns.precision_ppm=300000
expect 0 $status "exit status of --find-max"
holds most 'r["find_max"]["rate"] > 100 and len(r["find_max"]["searches"]) == 1 and r["find_max"]["trials"] > 5' "the highest rate"
holds most 'r["find_max"]["best_trial_rate"] >= r["find_max"]["rate"] and r["loss_ppm"] <= 1000' "the best trial"

# On a terminal it is shown while it goes on.
script -qec "ip netns exec $client $bench dns --to 10.53.0.2 --device af_xdp:w1 --from 10.53.0.1/24 --queries $tmp/list --duration 3" \
	/dev/null >"$tmp/live" || fail "the run on a terminal failed: $(cat "$tmp/live")"
grep -q ' answers/s, 0 lost, 50 %: [0-9]* us, 99 %: ' "$tmp/live" || fail "no live view: $(cat "$tmp/live")"
grep -q 'of 4 s, warming up' "$tmp/live" || fail "the live view does not say how long: $(cat "$tmp/live")"
grep -q '█' "$tmp/live" || fail "no history: $(cat "$tmp/live")"

# Over IPv6, with EDNS and without.
ask_bench six --window 10 --to fd53::2 --edns 0
holds six 'r["sent"] == r["answered"] > 100' "answers over IPv6"

# Over TCP: connections that stay open, and one for each query.
ask_bench tcp --tcp --sources 4 --window 20
expect 0 $status "exit status over TCP"
holds tcp 'r["sent"] == r["answered"] > 100 and r["transport"] == "tcp" and r["connections_failed"] == r["wrong"] == 0' "answers over TCP"
ask_bench each --tcp-each --window 10 --to fd53::2
expect 0 $status "exit status with a connection for each query"
holds each 'r["sent"] == r["answered"] + r["lost"] and r["answered"] > 50 and r["lost"] <= 1' "answers on their own connections"
holds each 'r["connections"] > 50 and r["wrong"] == r["duplicate"] == 0' "connections"
ask_bench tcprate --tcp --rate 500 --sources 2
holds tcprate 'r["sent"] + r["unsent"] == 500 and r["answered"] == r["sent"]' "queries over TCP at a rate"

# Synthetic names; random labels, none of which exist.
what=(--zone wild.example.org --names 5000 --types "A:1,TXT:3" --do-share 50 --order zipf)
ask_bench synthetic --window 10
holds synthetic 'r["answered"] == r["rcodes"]["NOERROR"] == r["sent"] > 100 and r["queries_len"] == 5000' "synthetic queries"
what=(--zone example.org --random-labels)
ask_bench random --window 10
holds random 'r["answered"] == r["rcodes"]["NXDOMAIN"] == r["sent"] > 100 and r["wrong"] == 0' "random labels"

# A capture at its times: 40 queries in 0.39 s, which tcpdump would have written so.
python3 - "$tmp/capture" <<-'END'
	import struct, sys
	out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
	for i in range(40):
	    name = b"".join(bytes([len(l)]) + l for l in (b"h%d" % i, b"wild", b"example", b"org")) + b"\0"
	    dns = struct.pack("!6H", i, 0, 1, 0, 0, 0) + name + struct.pack("!2H", 16, 1)
	    udp = struct.pack("!4H", 4000 + i, 53, 8 + len(dns), 0) + dns
	    ip = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0x0a000001, 0x0a000002)
	    out += struct.pack("<4I", 1000000, 10000 * i, len(ip + udp), len(ip + udp)) + ip + udp
	open(sys.argv[1], "wb").write(out)
END
# What a busy machine held up for long is not sent any more, and counted.
what=(--queries "$tmp/capture")
ask_bench replay --timing --duration 60
holds replay 'r["sent"] == r["answered"] > 0 and r["sent"] + r["unsent"] == 40 and r["duration_us"] >= 390000 and r["rcodes"] == {"NOERROR": r["sent"]}' "a capture at its times"
ask_bench capture --window 10
holds capture 'r["sent"] == r["answered"] > 40 and r["queries_len"] == 40' "a capture with a window"
# The same in the format of pcapng, as Wireshark's tools write it, with a clock of nanoseconds.
if command -v editcap >/dev/null; then
	for type in pcapng nsecpcap; do
		editcap -F $type "$tmp/capture" "$tmp/capture.$type"
		what=(--queries "$tmp/capture.$type")
		ask_bench $type --timing --duration 60
		holds $type 'r["sent"] == r["answered"] > 0 and r["sent"] + r["unsent"] == 40 and r["duration_us"] >= 390000 and r["rcodes"] == {"NOERROR": r["sent"]}' "a capture as $type"
	done
else
	note "editcap (wireshark-common) is not installed: captures as pcapng are not replayed"
fi
what=(--queries "$tmp/list")

# What is wanted and not given is told from what is lost.
printf 'www.example.org A NXDOMAIN\n' >"$tmp/list"
ask_bench unexpected --window 10
expect 1 $status "exit status when no answer is as expected"
holds unexpected 'r["answered"] == 0 and r["unexpected"] == r["sent"] > 100 and r["loss_ppm"] == 1000000' "unexpected answers"
stop dns

# A server of the kernel's side; and text for people.
printf 'www.example.org A\n' >"$tmp/list"
zone nsd.zone
cat >"$tmp/nsd.conf" <<END
server:
    ip-address: 10.53.0.2
    username: ""
    chroot: ""
    database: ""
    zonesdir: "$tmp"
    pidfile: "$tmp/nsd.pid"
    xfrdfile: "$tmp/xfrd"
    zonelistfile: "$tmp/zone.list"
    xfrdir: "$tmp"
    logfile: "$tmp/nsd.log"
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: example.org
    zonefile: nsd.zone
END
ip -n "$server" addr add 10.53.0.2/24 dev w0
within "$server" ethtool -K w0 tx off >/dev/null
start nsd "$server" nsd -d -c "$tmp/nsd.conf"
nsd_answers() {
	ask_bench nsd --window 10
	[ "$status" = 0 ]
}
poll 10 nsd_answers || fail "no answers from NSD: $(cat "$tmp/nsd.log")"
holds nsd 'r["sent"] == r["answered"] + r["lost"] and r["answered"] > 100' "answers from NSD"
within "$client" "$bench" dns --to 10.53.0.2:53 --device af_xdp:w1 --from 10.53.0.1/24 --queries "$tmp/list" --duration 1 \
	--warm-up 0 --window 10 >"$tmp/text" || fail "exit status $? with a result as text"
grep -q '^[0-9]* answers/s from 10.53.0.2:53, 0.0000 % lost, in 1.000 s' "$tmp/text" || fail "the text is: $(cat "$tmp/text")"
grep -q '^latency in us$' "$tmp/text" || fail "no latency in: $(cat "$tmp/text")"

# Through sockets of the kernel's, with the kernel's own address.
ip -n "$client" addr add 10.53.0.9/24 dev w1
port=(--device socket --from 10.53.0.9/24)
ask_bench socket --window 20 --workers 2 --sources 4
expect 0 $status "exit status with sockets"
holds socket 'r["sent"] == r["answered"] + r["lost"] and r["answered"] > 100 and r["workers"] == 2' "answers by sockets"
ask_bench refused --to 10.53.0.2:54
expect 1 $status "exit status of sockets without a server"
grep -q 'nothing listens at 10.53.0.2:54' "$tmp/refused.log" || fail "no server for sockets: $(cat "$tmp/refused.log")"
# Over the kernel's TCP: kept open, which NSD serves on few connections, and one for each query.
ask_bench socket_tcp --tcp --window 20 --workers 2 --sources 4
expect 0 $status "exit status with sockets over TCP"
holds socket_tcp 'r["sent"] == r["answered"] > 100 and r["sources"] == 8 and r["connections"] == 0' "answers by sockets over TCP"
ask_bench socket_each --tcp-each --window 10
expect 0 $status "exit status with a socket for each query"
holds socket_each 'r["sent"] == r["answered"] + r["lost"] and r["answered"] > 50 and r["lost"] <= 1' "answers on sockets of their own"
holds socket_each 'r["connections"] >= r["answered"] and r["connections_failed"] == r["wrong"] == r["stray"] == 0' "connections of sockets"
ask_bench socket_rate --tcp --rate 1000 --sources 2
holds socket_rate 'r["sent"] + r["unsent"] == 1000 and r["answered"] == r["sent"] > 900' "queries at a rate by sockets over TCP"
ask_bench refused --to 10.53.0.2:54 --tcp
expect 1 $status "exit status of sockets over TCP without a server"
grep -q 'nothing listens at 10.53.0.2:54' "$tmp/refused.log" || fail "no server for sockets over TCP: $(cat "$tmp/refused.log")"
port=(--device socket --from 10.53.0.77/24)
ask_bench elsewhere
grep -q "an address of --from is not this machine's" "$tmp/elsewhere.log" || fail "no address for sockets: $(cat "$tmp/elsewhere.log")"
ip -n "$client" addr flush dev w1
port=(--device af_xdp:w1 --from 10.53.0.1/24)

# Ctrl-C ends it with what has been measured.
start stopped "$client" "$bench" dns --to 10.53.0.2 --device af_xdp:w1 --from 10.53.0.1/24 --queries "$tmp/list" --duration 600 \
	--warm-up 0 --json
received() {
	within "$server" cat /sys/class/net/w0/statistics/rx_packets
}
before=$(received)
# More than the search for ports sends.
asked() {
	[ $(($(received) - before)) -gt 5000 ]
}
poll 60 asked || fail "nothing is asked"
stop stopped INT
expect 0 $status "exit status after Ctrl-C"
cp "$tmp/stopped.log" "$tmp/stopped.json"
holds stopped 'r["stopped"] and r["answered"] > 100 and 0 < r["duration_us"] < 600000000' "result after Ctrl-C"
stop nsd

# No server: said, and by ICMP where the host refuses.
ask_bench gone --window 10
expect 1 $status "exit status without a server"
grep -q 'nothing listens at 10.53.0.2:53' "$tmp/gone.log" || fail "no server: $(cat "$tmp/gone.log")"
ask_bench silent --window 10 --to 10.53.0.77
expect 1 $status "exit status without a host"
grep -q 'no answer from 10.53.0.77:53 in 5 s' "$tmp/silent.log" || fail "no host: $(cat "$tmp/silent.log")"

# Mistakes are said before anything is sent.
mistake() {
	within "$client" "$bench" dns "${@:3}" >"$tmp/mistake" 2>&1 && fail "no error of: $*"
	grep -q -- "$2" "$tmp/mistake" || fail "$1: $(cat "$tmp/mistake")"
}
mistake "no server" '--to and --device are needed' --device af_xdp:w1
mistake "no port" 'is not an address with or without a port' --device af_xdp:w1 --to 10.53.0.2:0
mistake "no prefix" '--from takes an address with its prefix length' --device af_xdp:w1 --to 10.53.0.2 --from 10.53.0.1
echo "www.example.org WHAT" >"$tmp/list"
mistake "no type" "list: line 1: there is no type WHAT" --device af_xdp:w1 --to 10.53.0.2 --from 10.53.0.1/24 --queries "$tmp/list"
