#!/bin/bash
# TCP Fast Open (RFC 7413) with Linux as the client: kdig, and a socket with TCP_FASTOPEN_CONNECT
# whose kernel says whether what its SYN brought was acknowledged. Cookies of one worker are
# valid at the other; after a restart they are wrong, which clients must not notice.
. "$(dirname "$0")/lib.sh"

netns "$host"

# client PORT REQUEST REPLY: one connection that sends with its SYN; prints "syn" when the data of
# the SYN was acknowledged by the answer, "later" when it had to be sent again.
client() {
	within "$host" timeout $((60 * scale)) python3 - "$@" <<-'PYTHON'
	import socket, sys
	port, request, reply = int(sys.argv[2]), bytes.fromhex(sys.argv[3]), bytes.fromhex(sys.argv[4])
	sock = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
	sock.settimeout(50)
	sock.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT
	sock.connect((sys.argv[1], port))
	sock.sendall(request)
	got = b""
	while not got.endswith(reply):
	    part = sock.recv(65536)
	    if not part:
	        sys.exit(f"the connection ended after {got.hex()}")
	    got += part
	options = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5]
	print("syn" if options & 32 else "later")  # TCPI_OPT_SYN_DATA
	PYTHON
}

# echoes ADDRESS: "hello" to the port of echo.
echoes() {
	client "$1" 7 68656c6c6f 68656c6c6f
}

# tcp COLUMN: a counter, of all workers.
tcp() {
	"$ctl" "$tmp/$name.sock" stats --json | python3 -c "
import json, sys
rows = json.load(sys.stdin)['tcp']
print(sum(row['$1'] for row in (rows if isinstance(rows, list) else [rows])))"
}

# up NAME COMMAND...: the appliance on its TAP, in the host's namespace.
up() {
	name=$1
	start "$name" "$host" "${@:2}" --set "control.socket=$tmp/$name.sock"
	ready "$name"
	host_side "$host" wadi0
}

if [ -n "$echo_server" ]; then
	# Off unless configured.
	up echo "$echo_server" serve -c config/echo.json
	for i in 1 2 3; do
		expect later "$(echoes 10.53.0.2)" "data of SYN $i while it is off"
	done
	expect 0 "$(tcp fast_open_cookies)" "cookies sent while it is off"
	stop echo
	within "$host" ip tcp_metrics flush all

	up echo "$echo_server" serve -c config/echo.json --set echo.fast_open=100 --set workers=2
	for address in 10.53.0.2 fd53::2; do
		expect later "$(echoes "$address")" "$address: data of the SYN that asks for a cookie"
		for i in $(seq 20); do
			expect syn "$(echoes "$address")" "$address: data of SYN $i with a cookie"
		done
	done
	expect 40 "$(tcp fast_open_taken)" "connections by cookies, at any of both workers"
	expect 2 "$(tcp fast_open_cookies)" "cookies sent"
	stop echo
	# The kernel still has the cookies of before.
	up echo "$echo_server" serve -c config/echo.json --set echo.fast_open=100
	expect later "$(echoes 10.53.0.2)" "data with a cookie of before the restart"
	expect syn "$(echoes 10.53.0.2)" "data with the cookie that came instead"
	expect 1 "$(tcp fast_open_refused)" "cookies refused"
	stop echo
	within "$host" ip tcp_metrics flush all
fi

# DNS, as a resolver would.
conf dns tap:wadi0
up dns "$dns" serve -c "$tmp/dns.json" --set dns.tcp.fast_open=10
ask_fast() {
	within "$host" kdig "@$1" +tcp +fastopen +timeout=$((5 * scale)) +short www.example.org A
}
for address in 10.53.0.2 fd53::2; do
	for i in 1 2 3 4; do
		expect 192.0.2.80 "$(ask_fast "$address")" "$address: answer $i to kdig +fastopen"
	done
done
expect 6 "$(tcp fast_open_taken)" "queries with a SYN, but for the first of each family"
"$ctl" "$tmp/dns.sock" metrics | has_line '^wadi_tcp_fast_open_taken_total' || fail "metrics lack Fast Open"
stop dns
expect 0 $status "exit status"
