#!/bin/bash
# One interface for the kernel and for wadi by XDP sockets: each answers for its own
# addresses, also while wadi is flooded, and both learn what concerns every host on the
# link; share=0 gives wadi all of it.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
within "$server" sysctl -qw net.ipv6.conf.w0.disable_ipv6=0
ip -n "$server" addr add 10.53.0.3/24 dev w0
ip -n "$server" addr add fd53::3/64 dev w0 nodad

pings() {
	within "$1" ping -c 1 -W 1 "$2"
}

# carries: TCP to the kernel, a megabyte there and back.
carries() {
	head -c 1000000 /dev/urandom >"$tmp/sent"
	within "$client" timeout 20 socat -t 5 - TCP:10.53.0.3:7 <"$tmp/sent" >"$tmp/got" && cmp "$tmp/sent" "$tmp/got"
}
start echo "$server" socat TCP-LISTEN:7,fork,reuseaddr EXEC:cat

# both: addresses of the kernel and of wadi, in both families.
both() {
	local addr
	for addr in 10.53.0.3 fd53::3 10.53.0.2 fd53::2; do
		poll 5 pings "$client" "$addr" || fail "$addr does not answer $1"
	done
	answers "$client"
	carries || fail "TCP to the kernel is broken $1"
}

conf dns af_xdp:w0
serve dns "$server"
grep -q "shared with the kernel (10.53.0.3 is its address)" "$tmp/dns.log" || fail "the log does not say that w0 is shared"
both "at first"

# Each resolves its neighbours by itself.
ip -n "$server" neigh flush dev w0
ip -n "$client" neigh flush dev w1
poll 5 pings "$server" 10.53.0.1 || fail "the kernel cannot resolve an IPv4 neighbour"
poll 5 pings "$server" fd53::1 || fail "the kernel cannot resolve an IPv6 neighbour"
ip -n "$client" neigh flush dev w1
both "after a flush"

# Fragments follow their destination: the kernel puts its own together, wadi counts its.
within "$client" ping -c 1 -W 2 -s 4000 10.53.0.3 >"$tmp/ping.log" || fail "fragments do not reach the kernel"
within "$client" ping -c 1 -W 1 -s 4000 10.53.0.2 >"$tmp/ping.log" && fail "wadi answered fragments"
fragments() {
	[ "$(drops dns ipv4.fragment)" -ge 2 ]
}
poll 3 fragments || fail "wadi counted $(drops dns ipv4.fragment) fragments"

# A general query for multicast listeners (RFC 3810 section 5.1): both report their groups as asked.
within "$client" tcpdump -Ulni w1 -vv 'ip6[48] = 143' >"$tmp/reports.log" 2>"$tmp/tcpdump.log" &
pid_of[tcpdump]=$!
poll 5 grep -q listening "$tmp/tcpdump.log" || fail "tcpdump does not start"
asked() {
	within "$client" python3 - <<-'END'
	import socket, struct
	s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)
	index = socket.if_nametoindex("w1")
	s.setsockopt(41, 18, 1)  # IPV6_MULTICAST_HOPS
	s.setsockopt(41, 54, b"\0\0\5\2\0\0\1\0")  # IPV6_HOPOPTS: router alert
	s.sendto(struct.pack("!BBHHH16sBBH", 130, 0, 0, 1, 0, bytes(16), 2, 1, 0), ("ff02::1", 0, 0, index))
	END
	sleep 0.3
	grep -q "ff02::1:ff00:2 is_ex" "$tmp/reports.log" && grep -q "ff02::1:ff00:3 is_ex" "$tmp/reports.log"
}
poll 2 asked || fail "the reports of groups lack the kernel's or wadi's"
stop tcpdump

# Under a flood of queries the kernel stays reachable, and wadi answers.
within "$client" timeout 4 python3 - >"$tmp/flood.log" <<-'END' &
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("10.53.0.2", 53))
q = b"\1\1\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1"
while True:
    for _ in range(64):
        s.send(q)
END
flood=$!
both "under a flood"
wait $flood || true
"$ctl" "$tmp/dns.sock" ports >"$tmp/ports.log"
stop dns
expect 0 "$status" "exit status after SIGTERM"
ip -n "$server" link show w0 | has_line xdp && fail "an XDP program was left on w0"
poll 5 pings "$client" 10.53.0.3 || fail "the kernel does not answer when wadi has gone"

conf dns af_xdp:w0,share=0
serve dns "$server"
answers "$client"
pings "$client" 10.53.0.3 >"$tmp/ping.log" && fail "the kernel answers although share=0"
grep -q "all packets go to wadi, none to the kernel, though 10.53.0.3" "$tmp/dns.log" || fail "share=0 goes without a warning"
stop dns
