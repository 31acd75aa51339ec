#!/bin/bash
# A port that serves a VLAN answers tagged frames of it and no others. The frames are
# made by hand, because not every kernel has VLAN interfaces.
. "$(dirname "$0")/lib.sh"

netns "$host"
conf dns tap:wadi0 vlan=53
serve dns "$host"
host_side "$host" wadi0

# asks TAG: an ARP request and an echo with this tag (0: none); prints the replies.
asks() {
	within "$host" python3 - "$1" <<-'END'
	import socket, struct, sys
	tag = int(sys.argv[1])
	raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
	raw.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA: the kernel moves tags there
	raw.bind(("wadi0", 0))
	raw.settimeout(1)
	me = raw.getsockname()[4]

	def send(to, ethertype, payload):
	    tagged = struct.pack("!HH", 0x8100, tag) if tag else b""
	    raw.send(to + me + tagged + struct.pack("!H", ethertype) + payload)

	def reply(ethertype):
	    while True:
	        frame, ancillary, _, address = raw.recvmsg(2000, 100)
	        # Not our own, nor a question that wadi asks.
	        if address[2] != 4 and frame[12:14] == struct.pack("!H", ethertype) and (
	                ethertype != 0x806 or frame[21] == 2):
	            return frame, struct.unpack_from("H", ancillary[0][2], 16)[0]

	def sum16(data):
	    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
	    return ~(total % 65535) & 65535

	me4, you4 = bytes([10, 53, 0, 1]), bytes([10, 53, 0, 2])
	try:
	    send(b"\xff" * 6, 0x806, struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + me + me4 + bytes(6) + you4)
	    frame, got = reply(0x806)
	    print("arp", got)
	    echo = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + bytes(56)
	    echo = echo[:2] + struct.pack("!H", sum16(echo)) + echo[4:]
	    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(echo), 1, 0, 64, 1, 0) + me4 + you4
	    ip = ip[:10] + struct.pack("!H", sum16(ip)) + ip[12:]
	    send(frame[6:12], 0x800, ip + echo)
	    print("echo", reply(0x800)[1])
	except TimeoutError:
	    print("nothing")
	END
}

expect "arp 53 echo 53" "$(asks 53 | xargs)" "replies in the VLAN"
before=$(drops dns eth.vlan)
expect nothing "$(asks 0 | xargs)" "replies to untagged frames"
expect nothing "$(asks 54 | xargs)" "replies in another VLAN"
counted() {
	[ "$(drops dns eth.vlan)" -ge $((before + 2)) ]
}
poll 3 counted || fail "DROP_ETH_VLAN did not count"
