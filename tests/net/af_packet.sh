#!/bin/bash
# Packet sockets: a server that was away finds what its ring holds, and what the ring
# lost is counted; frames whose checksum their sender left to its device; fragments, which
# the host's kernel leaves alone; and the interface shared with the kernel.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1

# burst N: queries back to back while the server stands still; prints the replies.
burst() {
	kill -STOP "${pid_of[dns]}"
	within "$client" python3 - "$1" "${pid_of[dns]}" "$scale" <<-'END'
	import os, signal, socket, struct, sys
	n, server, scale = map(int, sys.argv[1:])
	question = b"\3www\7example\3org\0" + struct.pack("!2H", 1, 1)
	sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
	sock.connect(("10.53.0.2", 53))
	for id in range(n):
	    sock.send(struct.pack("!6H", id, 0, 1, 0, 0, 0) + question)
	os.kill(server, signal.SIGCONT)
	sock.settimeout(2 * scale)
	ids = set()
	try:
	    while len(ids) < n:
	        ids.add(sock.recv(2000)[:2])
	except TimeoutError:
	    pass
	print(len(ids))
	END
}

# missed: what the port says it lost.
missed() {
	"$ctl" "$tmp/dns.sock" ports --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["ports"][0]["rx_missed"])'
}

conf dns af_packet:w0
serve dns "$server"
answers "$client"
expect 2000 "$(burst 2000)" "replies to 2,000 queries back to back"
expect 0 "$(missed)" "frames missed"
# The sender leaves checksums to its device; the frame never reaches one.
within "$client" ethtool -K w1 tx on >/dev/null
answers "$client"
expect 0 "$(drops dns udp.cksum)" "packets with a wrong checksum"
within "$client" ethtool -K w1 tx off >/dev/null
# The kernel has an address on the interface, too.
ip -n "$server" addr add 10.53.0.3/24 dev w0
within "$client" ping -c 2 -i 0.05 -W "$scale" 10.53.0.3 >/dev/null || fail "the kernel does not answer"
answers "$client"
stop dns
expect 0 $status "exit status"

# sent_icmp: redirects and errors of the server's kernel.
sent_icmp() {
	within "$server" python3 -c '
names, values = [line.split() for line in open("/proc/net/snmp") if line.startswith("Icmp:")]
print(sum(int(values[names.index(name)]) for name in ("OutRedirects", "OutDestUnreachs")))'
}

# A host that forwards is warned of, and the remedy keeps it from answering for wadi.
within "$server" sysctl -qw net.ipv4.conf.w0.forwarding=1
serve dns "$server"
grep -q 'ip route add blackhole ADDRESS' "$tmp/dns.log" || fail "no warning that the host forwards"
ip -n "$server" route add blackhole 10.53.0.2
before=$(sent_icmp)
for _ in 1 2 3 4 5; do answers "$client"; done
expect "$before" "$(sent_icmp)" "redirects and errors of the server's kernel"
stop dns
ip -n "$server" route del blackhole 10.53.0.2
within "$server" sysctl -qw net.ipv4.conf.w0.forwarding=0

conf dns af_packet:w0,frames=512
serve dns "$server"
answers "$client"
replies=$(burst 2000)
lost=$(missed)
note "with 512 frames: $replies replies, $lost frames missed"
# within_range N FROM TO WHAT
within_range() {
	if [ "$1" -lt "$2" ] || [ "$1" -gt "$3" ]; then fail "$4: $1 is not from $2 to $3"; fi
}
within_range "$replies" 500 512 "replies out of a ring of 512"
# The kernels of both sides may send frames of their own.
within_range $((replies + lost)) 2000 2020 "queries replied and missed"
"$ctl" "$tmp/dns.sock" metrics | has_line "^wadi_ifaces_rx_missed.* $lost\$" || fail "rx_missed is not among the metrics"
stop dns

# An address that is the kernel's as well is not taken without a word.
ip -n "$server" addr add 10.53.0.2/24 dev w0
conf dns af_packet:w0
serve dns "$server"
expect 1 "$(grep -c "warning: af_packet:w0: 10.53.0.2 is the kernel's address on w0 as well" "$tmp/dns.log")" "warnings about an address of both"
stop dns
ip -n "$server" addr del 10.53.0.2/24 dev w0

# reassembled: fragments that the server's kernel took to put together.
reassembled() {
	within "$server" python3 -c '
names, values = [line.split() for line in open("/proc/net/snmp") if line.startswith("Ip:")]
print(values[names.index("ReasmReqds")])'
}

conf dns af_packet:w0 workers=2
serve dns "$server"
answers "$client"
before=$(reassembled)
# 20 fragments of as many packets, none of them whole.
within "$client" ping -c 10 -i 0.01 -W 1 -s 3000 10.53.0.2 >/dev/null || true
expect "$before" "$(reassembled)" "fragments that the kernel reassembles"
[ "$(drops dns ipv4.fragment)" -ge 20 ] || fail "fragments are not counted"
stop dns
expect 0 $status "exit status with two workers"
