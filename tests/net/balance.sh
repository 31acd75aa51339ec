#!/bin/bash
# The load balancer of examples/, built on an installed copy, between real clients and two
# servers: both serve, answers come from the address and port that was asked, a server
# that stops is avoided, a reload replaces the servers, and every port can be balanced.
. "$(dirname "$0")/lib.sh"
. tests/package/installed.sh

# shellcheck disable=SC2046 # flags are words
cc -O2 -Wall -o "$tmp/wadi-balance" examples/balance/*.c $(pkg-config --cflags --libs wadi) ||
	fail "examples/balance does not compile on the installed copy"

# clients ADDRESS PORT: forty of them, connected, so that the kernel takes answers from there
# only; three tries each. Prints the names of the servers that answered, and how many answers
# there were. Ports are new each time: a client that is known keeps its server.
echo 20000 >"$tmp/clients"
clients() {
	local first
	first=$(cat "$tmp/clients")
	echo $((first + 100)) >"$tmp/clients"
	within "$host" python3 - "$1" "$2" "$first" <<-'END'
	import collections, ipaddress, socket, sys
	address, port, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
	family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
	answers = collections.Counter()
	for number in range(40):
	    sock = socket.socket(family, socket.SOCK_DGRAM)
	    sock.settimeout(2)
	    sock.bind(("", first + number))
	    sock.connect((address, port))
	    for attempt in range(3):
	        try:
	            sock.send(b"%d\n" % number)
	            answers[sock.recv(100).decode().strip()] += 1
	            break
	        except (TimeoutError, ConnectionRefusedError):
	            pass
	print(*(name for name in sorted(answers)), sum(answers.values()))
	END
}

# server NAME ADDRESS PORT: answers each datagram with its name. Not socat: its parent waits
# for a signal of each child that it forks, and on a busy machine can wait for ever.
server() {
	start "$1" "$host" python3 -c "
import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(('$2', $3))
while True:
    sock.sendto(b'$1', sock.recvfrom(100)[1])"
	poll 10 is_bound "$2:$3" || fail "the server $1 does not listen"
}

is_bound() {
	within "$host" ss -Hlun "src $1" | has_line .
}

netns "$host"
cat >"$tmp/balance.json" <<-END
{ "ports": [ { "name": "net0", "device": "tap:wadi0", "ipv4": ["10.53.0.2/24", "10.53.0.3/24"], "ipv6": "fd53::2/64" } ],
  "control": { "socket": "$tmp/balance.sock" },
  "balance": { "port": 53, "idle_s": 5, "servers": ["10.53.0.11:5353", "10.53.0.12:5353"] } }
END
start balance "$host" "$tmp/wadi-balance" serve -c "$tmp/balance.json"
ready balance
host_side "$host" wadi0
ip -n "$host" addr add 10.53.0.11/24 dev wadi0
ip -n "$host" addr add 10.53.0.12/24 dev wadi0
server one 10.53.0.11 5353
server two 10.53.0.12 5353
expect "one two 40" "$(clients 10.53.0.2 53)" "answers of both servers"
expect "one two 40" "$(clients 10.53.0.3 53)" "answers from the other address"
expect "one two 40" "$(clients fd53::2 53)" "answers over IPv6, of servers without it"

# The kernel refuses datagrams to the server that is gone, by ICMP.
stop two
expect "one 40" "$(clients 10.53.0.2 53)" "answers when one server is gone"

server three 10.53.0.12 5454
sed -i 's/"10.53.0.11:5353", "10.53.0.12:5353"/"10.53.0.12:5454"/' "$tmp/balance.json"
"$prefix/bin/wadi-ctl" "$tmp/balance.sock" reload >/dev/null || fail "the reload fails"
sleep 0.3
expect "three 40" "$(clients 10.53.0.2 53)" "answers after a reload"
stop balance
expect 0 "$status" "exit status"

start balance "$host" "$tmp/wadi-balance" serve -c "$tmp/balance.json" --set balance.port=0 \
	--set balance.servers=10.53.0.12 --set balance.idle_s=600
poll 10 ip -n "$host" link show wadi0 || fail "there is no TAP"
host_side "$host" wadi0
ip -n "$host" addr add 10.53.0.12/24 dev wadi0
server four 10.53.0.12 7777
expect "four 40" "$(clients 10.53.0.2 7777)" "answers at a port that is not configured"
expect "three 40" "$(clients 10.53.0.2 5454)" "answers at another"

# Of 128 flows 80 are in use: 60 clients more find 48.
within "$host" python3 - <<-'END'
import socket
	for number in range(60):
	    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    sock.bind(("", 30000 + number))
    sock.sendto(b"x\n", ("10.53.0.2", 7777))
END
expect 12 "$(drops balance balance.full)" "datagrams without a flow"
stop balance

# Two workers: the kernel spreads what comes by a hash of its own, clients' datagrams and servers'
# answers alike, so an answer often comes to the other worker, which passes it on.
netns "$server" "$client"
veth "$server" w0 "$client" w1
ip -n "$client" addr add 10.53.0.11/24 dev w1
host=$client # where servers and clients are from here on
sed -i 's|tap:wadi0|af_packet:w0|; s|10.53.0.12:5454|10.53.0.11:5353|' "$tmp/balance.json"
start balance "$server" "$tmp/wadi-balance" serve -c "$tmp/balance.json" --set workers=2
ready balance
server five 10.53.0.11 5353
for _ in 1 2; do
	expect "five 40" "$(clients 10.53.0.2 53)" "answers by way of two workers"
	expect "five 40" "$(clients fd53::2 53)" "answers over IPv6 by way of two workers"
done
"$prefix/bin/wadi-ctl" "$tmp/balance.sock" stats --json >"$tmp/stats.json"
python3 - "$tmp/stats.json" <<-'END' || fail "no worker passes answers on: $(cat "$tmp/stats.json")"
	import json, sys
	workers = json.load(open(sys.argv[1]))["workers"]
	assert len(workers) == 2 and all(worker["rx_pkts"] > 20 for worker in workers), workers
	assert sum(worker["steered"] for worker in workers) > 20, workers
END
expect 0 "$(drops balance udp.no_listener)" "answers that found no worker"
stop balance
