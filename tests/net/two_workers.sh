#!/bin/bash
# Two workers, a queue each: many flows land on both, and each flow is answered.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
netns "$host"

# flows NAMESPACE: one query from each of 200 source ports; all must be answered.
flows() {
	within "$1" python3 - <<-'END'
	import socket, struct
	query = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + b"\3www\7example\3org\0" + struct.pack("!2H", 1, 1)
	for family, server in (socket.AF_INET, "10.53.0.2"), (socket.AF_INET6, "fd53::2"):
	    for _ in range(100):
	        sock = socket.socket(family, socket.SOCK_DGRAM)
	        sock.settimeout(2)
	        sock.connect((server, 53))
	        sock.send(query)
	        assert sock.recv(2000)[:2] == query[:2]
	END
}

# shared NAME: both workers have received datagrams.
shared() {
	"$ctl" "$tmp/$1.sock" stats --json >"$tmp/$1.stats"
	python3 - "$tmp/$1.stats" <<-'END'
	import json, sys
	workers = json.load(open(sys.argv[1]))["workers"]
	packets = [worker["rx_pkts"] for worker in workers]
	print("packets of each worker:", packets)
	assert len(packets) == 2 and min(packets) > 10, packets
	END
}

for device in af_packet:w0 tap:wadi0; do
	kind=${device%:*}
	conf "$kind" "$device" workers=2
	where=$server asker=$client
	[ "$kind" != tap ] || where=$host asker=$host
	serve "$kind" "$where"
	[ "$kind" != tap ] || host_side "$host" wadi0
	answers "$asker"
	flows "$asker" || fail "a flow over $kind was not answered"
	shared "$kind" || fail "one worker of $kind got nothing"
	note "$kind: $(shared "$kind")"
	stop "$kind"
	expect 0 $status "exit status over $kind"
done
