#!/bin/bash
# Two workers, a queue each: many flows land on both, and each flow is answered. Over
# memif the far end spreads the flows: a patch of two queues with a TAP behind it. A session
# of TLS that one worker began is resumed by either.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
netns "$host"
tests/unit/tls/certificates.sh "$tmp/tls" a || fail "the certificates cannot be made"
tls=(--set dns.tls.enabled=true
	--set "dns.tls.certificates=[{\"certificate\": \"$tmp/tls/a.chain.pem\", \"key\": \"$tmp/tls/a.key.pem\"}]")
memif=memif:$tmp/link

# flows NAMESPACE: a query from each of 400 source ports; the right answer to each comes
# once.
flows() {
	within "$1" python3 - <<-'END'
	import select, socket, struct
	question = b"\3www\7example\3org\0" + struct.pack("!2H", 1, 1)
	answer = b"\xc0\x0c" + struct.pack("!2HIH4B", 1, 1, 300, 4, 192, 0, 2, 80)
	socks = []
	for family, server in (socket.AF_INET, "10.53.0.2"), (socket.AF_INET6, "fd53::2"):
	    for id in range(200):
	        sock = socket.socket(family, socket.SOCK_DGRAM)
	        sock.settimeout(2)
	        sock.connect((server, 53))
	        sock.send(struct.pack("!6H", id, 0, 1, 0, 0, 0) + question)
	        reply = sock.recv(2000)
	        head = struct.pack("!6H", id, 0x8400, 1, 1, 0, 0)
	        assert reply == head + question + answer, reply
	        socks.append(sock)
	more = select.select(socks, [], [], 0.2)[0]
	assert not more, f"{len(more)} queries are answered twice"
	END
}

# shared NAME: what both workers have received and sent by the flows: well above a
# quarter each of 400.
shared() {
	"$ctl" "$tmp/$1.sock" stats --json >"$tmp/$1.stats"
	python3 - "$tmp/$1.stats" <<-'END'
	import json, sys
	workers = json.load(open(sys.argv[1]))["workers"]
	packets = [(worker["rx_pkts"], worker["tx_pkts"]) for worker in workers]
	print("received and sent by each worker:", packets)
	assert len(packets) == 2 and min(min(packets)) > 100, packets
	END
}

# resumed NAMESPACE SOCKET: one session is resumed by 20 connections; both workers had some of them.
resumed() {
	within "$1" python3 - "$tmp/tls/root.pem" "$ctl" "$2" <<-'END'
	import json, socket, ssl, subprocess, sys
	root, ctl, control = sys.argv[1:]
	def opened():
	    found = subprocess.run([ctl, control, "tcp", "--json"], capture_output=True, text=True, check=True).stdout
	    return {row["id"].split(".")[0] for row in json.loads(found)["tcp"]}  # an ID begins with the worker's number
	context = ssl.create_default_context(cafile=root)
	context.maximum_version = ssl.TLSVersion.TLSv1_2  # of 1.3 a ticket is for one use, and comes after the handshake
	session, seen, kept = None, set(), []
	for number in range(21):
	    sock = context.wrap_socket(socket.create_connection(("10.53.0.2", 853)), server_hostname="a.example", session=session)
	    assert sock.session_reused == (number > 0), f"connection {number} is not resumed"
	    session = session or sock.session
	    kept.append(sock)
	assert opened() == {"0", "1"}, f"connections on workers {opened()}"
	END
}

# queues: the far end of the memif has seen replies on both queues.
queues() {
	note "the memif's far end: $(grep -c '^queue' "$tmp/patch.log") queues;" \
		"$(tr '\n' ' ' <"$tmp/patch.log")"
	awk '/^queue/ && $3 > 100 && $5 > 100 { n++ } END { exit n != 2 }' "$tmp/patch.log"
}

# far_end ROLE: ties a memif of two queues to a TAP.
far_end() {
	start patch "$host" "$(program patch)" "$memif,role=$1" tap:wadi0,gso=0 2
	poll 10 ip -n "$host" link show wadi0 || fail "the far end made no TAP"
}

# The server makes the socket, so it comes first.
for device in af_packet:w0 tap:wadi0 "$memif,role=server" "$memif,role=client"; do
	kind=${device%%:*}
	conf "$kind" "$device" workers=2
	where=$host asker=$host
	[ "$kind" != af_packet ] || where=$server asker=$client
	[ "$device" != "$memif,role=client" ] || far_end server
	with=()
	[ "$kind" != af_packet ] || with=("${tls[@]}")
	serve "$kind" "$where" "${with[@]}"
	[ "$device" != "$memif,role=server" ] || far_end client
	[ "$kind" = af_packet ] || host_side "$host" wadi0
	[ "$kind" != memif ] || poll 10 within "$host" ping -c 1 -W 1 10.53.0.2 ||
		fail "no echo through the memif"
	answers "$asker"
	flows "$asker" || fail "a flow over $device was not answered"
	shared "$kind" || fail "one worker of $device answered too few"
	note "$kind: $(shared "$kind")"
	[ "$kind" != af_packet ] || resumed "$asker" "$tmp/$kind.sock" || fail "a session is not resumed by both workers"
	if [ "$kind" = memif ]; then
		stop patch
		expect 0 $status "exit status of the memif's far end"
		queues || fail "a queue of the memif had too few packets"
	fi
	stop "$kind"
	expect 0 $status "exit status over $device"
done
