#!/bin/bash
# DNS on a Linux interface through an XDP socket; the program is gone at the end.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_xdp:w0

serve dns "$server"
answers "$client"
ip -n "$server" link show w0 | has_line xdp || fail "no XDP program on w0 while it is served"
stop dns
expect 0 $status "exit status after SIGTERM"
ip -n "$server" link show w0 | has_line xdp && fail "an XDP program was left on w0"

# And again, on an interface that was used before.
serve dns "$server"
answers "$client"

# What a process that was killed left in the kernel is in nobody's way.
for _ in 1 2 3; do
	stop dns KILL
	ip -n "$server" link show w0 | has_line xdp && fail "an XDP program outlived its process"
	serve dns "$server"
	answers "$client"
done

# missed: what the kernel dropped before the worker saw it.
missed() {
	"$ctl" "$tmp/dns.sock" ports --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["ports"][0]["rx_missed"])'
}

# burst N: sends N queries back to back to a server that is held, which then goes on; prints
# how many replies come.
burst() {
	kill -STOP "${pid_of[dns]}"
	within "$client" python3 - "$1" "${pid_of[dns]}" "$scale" <<-'END'
	import os, signal, socket, struct, sys
	n, pid, scale = map(int, sys.argv[1:])
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
	s.connect(("10.53.0.2", 53))
	for i in range(n):
	    s.send(struct.pack("!H", i) + b"\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1")
	os.kill(pid, signal.SIGCONT)
	s.settimeout(scale)
	seen = set()
	try:
	    while len(seen) < n:
	        seen.add(s.recv(512)[:2])
	except TimeoutError:
	    pass
	print(len(seen))
	END
}

# The default ring holds 8,000 queries.
before=$(missed)
expect 8000 "$(burst 8000)" "replies to 8,000 queries back to back"
expect "$before" "$(missed)" "rx_missed after them"
stop dns

# One of 2,000 frames is rounded up to 2,048; of more queries, each is answered or counted.
conf dns af_xdp:w0,frames=2000
serve dns "$server"
answers "$client"
before=$(missed)
expect 2000 "$(burst 2000)" "replies to 2,000 queries back to back"
replies=$(burst 3000)
lost=$(($(missed) - before))
[ "$lost" -gt 0 ] || fail "3,000 queries did not fill the ring"
# The client's kernel may ask for a neighbour meanwhile, and that frame be missed, too.
if [ $((replies + lost)) -lt 3000 ] || [ $((replies + lost)) -gt 3010 ]; then
	fail "$replies replies and $lost missed of 3,000 queries"
fi
"$ctl" "$tmp/dns.sock" metrics | has_line '^wadi_ifaces_rx_missed_total{iface="net0"} [1-9]' ||
	fail "metrics lack what was missed"

# veth leaves checksums to a device that there is not, which nobody can see: one line says it.
within "$client" ethtool -K w1 tx on >"$tmp/ethtool.log"
for _ in 1 2 3; do
	within "$client" dig @10.53.0.2 www.example.org +tries=1 +time=1 >"$tmp/dig.log" && fail "a packet without a checksum was answered"
done
[ "$(drops dns udp.cksum)" -ge 3 ] || fail "udp.cksum did not count"
poll 3 grep -q 'ethtool -K IFACE tx off' "$tmp/dns.log" || fail "the log does not name the remedy"
sleep 1.5
expect 1 "$(grep -c 'ethtool -K' "$tmp/dns.log")" "lines in the log"
