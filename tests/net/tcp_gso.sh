#!/bin/bash
# TCP in packets of several segments, with the kernel as the peer over a TAP and by packet sockets:
# every byte of what goes both ways is compared, with option gso and without, and what a program of the
# host makes up is refused.
. "$(dirname "$0")/lib.sh"
[ -n "$echo_server" ] || skip "$build holds no wadi-echo"

# tcp NAME COLUMN: a counter of the appliance's TCP.
tcp() {
	"$ctl" "$tmp/$1.sock" stats --json | python3 -c "
import json, sys
rows = json.load(sys.stdin)['tcp']
print((rows[0] if isinstance(rows, list) else rows)['$2'])"
}

# run NAME DEVICE NAMESPACE: the appliance.
run() {
	start "$1" "$3" "$echo_server" serve -c config/echo.json --set "control.socket=$tmp/$1.sock" --set "ports[0].device=$2" --set log.level=debug
	ready "$1"
	offloads=$(sed -n 's/.* offloads: //p' "$tmp/$1.log")
}

# up NAME DEVICE: on a TAP of the host's.
up() {
	run "$1" "$2" "$host"
	host_side "$host" wadi0
}

peer=$host # the namespace of what asks

# bulk ADDRESS: 20 MB to echo and back, 50 MB to discard, 20 MB from chargen; prints Mbit/s of the
# latter two.
bulk() {
	within "$peer" timeout $((120 * scale)) python3 - "$1" <<-'END'
	import os, socket, sys, threading, time
	address = sys.argv[1]
	def connect(port):
	    return socket.create_connection((address, port), timeout=100)

	wanted, got = os.urandom(20_000_000), bytearray()
	with connect(7) as sock:
	    def send():
	        sock.sendall(wanted)
	        sock.shutdown(socket.SHUT_WR)
	    threading.Thread(target=send).start()
	    while part := sock.recv(1 << 18):
	        got += part
	if got != wanted:
	    sys.exit(f"{len(got)} bytes came back of {len(wanted)}, or others")

	begin, data = time.monotonic(), bytes(1 << 20)
	with connect(9) as sock:
	    for _ in range(50):
	        sock.sendall(data)
	    sock.shutdown(socket.SHUT_WR)
	    while sock.recv(1 << 16):
	        pass
	to = 50 * len(data) * 8 / (time.monotonic() - begin) / 1e6

	ring = bytes(range(32, 127)) * 2
	text = b"".join(ring[n:n + 72] + b"\r\n" for n in range(95))
	begin, got = time.monotonic(), bytearray()
	with connect(19) as sock:
	    while len(got) < 20_000_000:
	        got += sock.recv(1 << 18)
	fro = len(got) * 8 / (time.monotonic() - begin) / 1e6
	if got != (text * (len(got) // len(text) + 1))[:len(got)]:
	    sys.exit("chargen sent other characters")
	print(f"{to:.0f} to wadi, {fro:.0f} from it")
	END
}

# joined SIZE KIND: makes up a packet for port 7 with 9,000 bytes in segments of SIZE; KIND is
# virtio's. The kernel itself may refuse it.
joined() {
	within "$host" python3 - "$1" "$2" "$(within "$host" ip neigh show 10.53.0.2 | sed -n 's/.*lladdr \([^ ]*\).*/\1/p')" <<-'END'
	import socket, struct, sys
	size, kind, mac = int(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3].replace(":", ""))
	SOL_PACKET, PACKET_VNET_HDR = 263, 15
	def total(data):
	    words = sum(struct.unpack(f"!{len(data) // 2}H", data))
	    while words >> 16:
	        words = (words & 0xffff) + (words >> 16)
	    return words
	src, dst = socket.inet_aton("10.53.0.1"), socket.inet_aton("10.53.0.2")
	ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + 9000, 0, 0, 64, 6, 0, src, dst)
	ip = ip[:10] + struct.pack("!H", ~total(ip) & 0xffff) + ip[12:]
	pseudo = total(src + dst + struct.pack("!HH", 6, 20 + 9000))
	tcp = struct.pack("!HHIIBBHHH", 4000, 7, 1, 1, 5 << 4, 16, 65535, pseudo, 0)
	vnet = struct.pack("=BBHHHH", 1, kind, 54, size, 34, 16)
	sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
	sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
	sock.bind(("wadi0", 0))
	try:
	    sock.send(vnet + mac + bytes.fromhex("020000000001") + b"\x08\x00" + ip + tcp + bytes(9000))
	except OSError as error:
	    sys.exit(f"the kernel refuses it: {error}")
	END
}

# dropped NAME REASON COUNT: whether so many were dropped by now.
dropped() {
	[ "$(drops "$1" "$2")" = "$3" ]
}

netns "$host"
for gso in 1 0; do
	up "echo$gso" "tap:wadi0,gso=$gso"
	[ $gso = 0 ] || expect "rx_cksum tx_cksum tso4 tso6" "$offloads" "offloads in the log"
	[ $gso = 1 ] || expect "" "$offloads" "offloads in the log without gso"
	four=$(bulk 10.53.0.2) || fail "bulk over IPv4 with gso=$gso: $four"
	six=$(bulk fd53::2) || fail "bulk over IPv6 with gso=$gso: $six"
	note "gso=$gso, Mbit/s: $four; IPv6 $six"
	if [ $gso = 1 ]; then
		[ "$(tcp echo1 large_sent)" -gt 1000 ] || fail "packets sent: $(tcp echo1 large_sent)"
		[ "$(tcp echo1 large_received)" -gt 1000 ] || fail "packets received: $(tcp echo1 large_received)"
		joined 2000 1 || fail "a packet with segments of 2,000 bytes"
		poll 5 dropped echo1 tcp.gso 1 || fail "segments longer than the MTU: $("$ctl" "$tmp/echo1.sock" drops)"
		before=$(drops echo1 tcp.no_conn)
		joined 1000 1 || fail "a packet with segments of 1,000 bytes"
		poll 5 dropped echo1 tcp.no_conn $((before + 1)) || fail "segments without a connection: $("$ctl" "$tmp/echo1.sock" drops)"
	else
		expect 0 "$(tcp echo0 large_sent)" "packets of several segments sent without gso"
		expect 0 "$(tcp echo0 large_received)" "and received"
	fi
	for reason in rx.too_long rx.bad tcp.cksum; do
		expect 0 "$(drops "echo$gso" $reason)" "frames dropped as $reason"
	done
	stop "echo$gso"
	expect 0 $status "exit status"
done

# An impairment treats each segment by itself.
up impaired 'impair(delay=1ms):tap:wadi0'
slow=$(bulk 10.53.0.2) || fail "bulk through an impairment: $slow"
expect "0 0" "$(tcp impaired large_sent) $(tcp impaired large_received)" "packets of several segments through an impairment"

# Packet sockets send them, and receive single segments. The interface cuts for the receiver when it
# is told to, and the kernel before it otherwise, also where packets go around its queueing discipline.
netns "$server" "$client"
veth "$server" w0 "$client" w1
peer=$client
for tso in on off; do
	within "$server" ethtool -K w0 tso $tso >/dev/null
	run "packet-$tso" af_packet:w0 "$server"
	expect "tso4 tso6" "$offloads" "offloads of packet sockets"
	four=$(bulk 10.53.0.2) || fail "bulk over IPv4, tso $tso: $four"
	note "af_packet, tso $tso, Mbit/s: $four"
	large=$(tcp "packet-$tso" large_sent)
	[ "$large" -gt 250 ] || fail "packets sent: $large"
	[ "$(tcp "packet-$tso" resent)" -lt $((large / 4)) ] || fail "segments sent again: $(tcp "packet-$tso" resent)"
	[ $tso = on ] || six=$(bulk fd53::2) || fail "bulk over IPv6, tso $tso: $six"
	stop "packet-$tso"
	expect 0 $status "exit status"
done
run single af_packet:w0,gso=0 "$server"
expect "" "$offloads" "offloads of packet sockets without gso"
