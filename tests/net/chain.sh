#!/bin/bash
# Frames of three pages through each kind of device: what arrives has the same bytes as
# the frame in one page that was sent before it. Only af_xdp needs copies for that.
. "$(dirname "$0")/lib.sh"

# arrive KIND NAMESPACE IFACE: twenty frames that chain sends are whole there; ends it.
arrive() {
	within "$2" timeout 30 python3 - "$3" <<-'END' || fail "$1: a frame does not arrive as it was sent"
	import socket, sys
	wanted = b"\xff" * 6 + bytes([2, 0, 0, 0, 0, 7, 0x88, 0xb5]) + bytes(i % 251 for i in range(14, 1200))
	sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5))
	sock.bind((sys.argv[1], 0x88B5))
	for n in range(20):
	    frame = sock.recv(4096)
	    if frame != wanted:
	        differs = [a != b for a, b in zip(frame, wanted)] + [True]
	        sys.exit(f"frame {n} of {len(frame)} bytes differs from byte {differs.index(True)} on")
	END
	stop chain
	expect 0 $status "exit status of chain on $1"
}

# count NAME: what chain printed of it.
count() {
	sed -n "s/^$1 //p" "$tmp/chain.log"
}

linked() {
	ip -n "$host" link show wadi0
}

chain=$(program chain)
netns "$host" "$server" "$client"
veth "$server" w0 "$client" w1

start chain "$host" "$chain" tap:wadi0
poll 10 linked || fail "no TAP was made"
ip -n "$host" link set wadi0 up
arrive tap "$host" wadi0

start chain "$server" "$chain" af_packet:w0
arrive af_packet "$client" w1

start chain "$server" "$chain" af_xdp:w0
arrive af_xdp "$client" w1
expect "$(count sent)" $((2 * $(count tx_copied))) "frames sent, half of them copied, by XDP sockets"

start chain "$host" "$chain" "memif:$tmp/memif.sock,role=server"
poll 10 test -S "$tmp/memif.sock" || fail "no socket of the memif"
start patch "$host" "$(program patch)" "memif:$tmp/memif.sock,role=client" tap:wadi0,gso=0
poll 10 linked || fail "the far end of the memif made no TAP"
ip -n "$host" link set wadi0 up
arrive memif "$host" wadi0
expect 0 "$(count tx_copied)" "frames copied for the memif"
stop patch
