#!/bin/bash
# TCP with the kernel as the peer: wadi-echo returns a megabyte both ways to each of several
# clients, closes when they do, refuses what has no listener, and does so over a lossy line.
. "$(dirname "$0")/lib.sh"
[ -n "$echo_server" ] || skip "$build holds no wadi-echo"

# peer ADDRESS MANNER N: tests/net/tcp_peer.py in the host's namespace.
peer() {
	within "$host" timeout $((60 * scale)) python3 tests/net/tcp_peer.py "$@" || fail "$*"
}

# tcp NAME COLUMN: a counter of the appliance's TCP.
tcp() {
	"$ctl" "$tmp/$1.sock" stats --json | python3 -c "
import json, sys
rows = json.load(sys.stdin)['tcp']
print((rows[0] if isinstance(rows, list) else rows)['$2'])"
}

# pages: of the port, that nothing holds.
pages() {
	"$ctl" "$tmp/echo.sock" ports --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["ports"][0]["pages_free"])'
}

# up NAME [OPTION...]: the appliance on its TAP, in the host's namespace.
up() {
	start "$1" "$host" "$echo_server" serve -c config/echo.json --set "control.socket=$tmp/$1.sock" "${@:2}"
	ready "$1"
	host_side "$host" wadi0
}

netns "$host"
up echo
free=$(pages)
peer 10.53.0.2 bulk 1000000
peer fd53::2 bulk 20000000
# What a busy machine lost, and is sent again, is copied; and what is left of a page in which the
# client's window ended.
[ "$(tcp echo resent)" -gt 0 ] || [ "$(tcp echo copied_bytes)" -lt 100000 ] ||
	fail "$(tcp echo copied_bytes) bytes copied for 21 megabytes"
peer 10.53.0.2 short 300
expect 302 "$(tcp echo opened)" "connections opened"
all_closed() {
	[ "$(tcp echo closed)" = 302 ]
}
poll 5 all_closed || fail "not all connections were closed: $(tcp echo closed)"

# `wadi-ctl tcp` lists what is there: 130 connections from one address, of which one sends
# without reading, and one of IPv6.
within "$host" python3 - "$tmp" <<-'END' &
	import os, socket, sys, time
	socks = [socket.create_connection(("10.53.0.2", 7), timeout=50) for _ in range(129)]
	socks.append(socket.create_connection(("fd53::2", 7), timeout=50))
	socks[0].setblocking(False)
	try:
	    while True:
	        socks[0].send(bytes(65536))
	        time.sleep(0.01)
	except BlockingIOError:
	    pass
	open(sys.argv[1] + "/open", "w")
	while not os.path.exists(sys.argv[1] + "/looked"):
	    time.sleep(0.05)
END
holding=$!
poll 30 test -e "$tmp/open" || fail "130 connections were not opened"
"$ctl" "$tmp/echo.sock" tcp --json >"$tmp/some"
"$ctl" "$tmp/echo.sock" tcp --all --json >"$tmp/all"
"$ctl" "$tmp/echo.sock" tcp fd53::1 >"$tmp/one"
"$ctl" "$tmp/echo.sock" tcp nowhere >"$tmp/none" 2>&1 && fail "'nowhere' is an address"
id=$(sed -n 's/^id  *\([0-9.]*\)$/\1/p; s/^\([0-9]\.[0-9]*\) .*ESTABLISHED.*/\1/p' "$tmp/one" | head -n 1)
[ -n "$id" ] || fail "no ID in: $(cat "$tmp/one")"
touch "$tmp/looked"
wait $holding
has_ended() {
	"$ctl" "$tmp/echo.sock" tcp trace "$id" >"$tmp/life" && grep -q 'tcp_end .*why=' "$tmp/life"
}
poll 10 has_ended || fail "the life of a connection: $(cat "$tmp/life")"
for word in 'tcp_peer6 .*port=' 'tcp_open .*port=7' 'state=established' 'tcp_rtt .*us='; do
	grep -q "$word" "$tmp/life" || fail "no $word in the life of a connection: $(cat "$tmp/life")"
done
"$ctl" "$tmp/echo.sock" tcp trace 0.9999 >"$tmp/none" 2>&1 && fail "a connection that never was has a life"
grep -q 'no record of a connection 0.9999' "$tmp/none" || fail "its error: $(cat "$tmp/none")"
"$ctl" "$tmp/echo.sock" tcp trace >"$tmp/none" 2>&1 && fail "tcp trace works without an ID"
"$ctl" "$tmp/echo.sock" tcp nowhere >"$tmp/none" 2>&1 && fail "'nowhere' is an address"
grep -q "'nowhere' is no address" "$tmp/none" || fail "the error about an address: $(cat "$tmp/none")"
[ "$(grep -c ESTABLISHED "$tmp/one")" = 1 ] || fail "connections of fd53::1: $(cat "$tmp/one")"
python3 - "$tmp" <<-'END' || fail "wadi-ctl tcp lists other connections"
	import json, sys
	some, every = (json.load(open(f"{sys.argv[1]}/{name}")) for name in ("some", "all"))
	rows = [row for row in every["tcp"] if row["state"] == "ESTABLISHED"]
	assert len(some["tcp"]) == 100 and some["more"].endswith("--all lists them"), some.get("more")
	assert len(rows) == 130, len(rows)
	assert len({row["id"] for row in rows}) == 130
	full = [row for row in rows if row["queued"] or row["in_flight"] or row["info"]["received"]]
	assert len(full) == 1 and full[0]["info"]["mss"] == 1460, full
	assert all(row["local"] in ("10.53.0.2:7", "[fd53::2]:7") for row in rows)
END

# A client that resets, and a port without a listener.
within "$host" python3 - <<-'END'
	import socket, struct
	sock = socket.create_connection(("10.53.0.2", 7), timeout=50)
	sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
	sock.close()
	try:
	    socket.create_connection(("10.53.0.2", 8), timeout=50)
	    raise SystemExit("port 8 takes connections")
	except ConnectionRefusedError:
	    pass
END
expect 1 "$(drops echo tcp.no_listener)" "segments for a port without a listener"

# Clients that people use.
expect hello "$(echo hello | within "$host" socat -t5 - TCP:10.53.0.2:7)" "answer to socat"
expect hello "$(echo hello | within "$host" nc -w 5 -N 10.53.0.2 7)" "answer to nc"
# chargen BYTES: that many of the characters of RFC 864.
chargen() {
	python3 - "$1" <<-'END'
	import sys
	ring = bytes(range(32, 127)) * 2
	text = b"".join(ring[n:n + 72] + b"\r\n" for n in range(95))
	wanted = int(sys.argv[1])
	sys.stdout.buffer.write((text * (wanted // len(text) + 1))[:wanted])
	END
}
chargen 3000000 >"$tmp/wanted"
# begins COMMAND...: what it prints begins with those; it does not end by itself.
begins() {
	cmp "$tmp/wanted" <(within "$host" timeout $((60 * scale)) "$@" </dev/null 2>/dev/null | head -c 3000000)
}
begins nc -d 10.53.0.2 19 || fail "chargen to nc"
begins curl -s --http0.9 http://10.53.0.2:19/ || fail "chargen to curl"
within "$host" socat -u OPEN:/dev/zero,readbytes=100000000 TCP:10.53.0.2:9 || fail "100 MB to discard"
none_is_held() {
	[ "$(pages)" -ge "$free" ]
}
poll 10 none_is_held || fail "$(pages) pages are free, and $free were at the start"
stop echo
expect 0 $status "exit status"

# The kernel here has no netem; the impairment loses 2 % each way.
up lossy --set 'ports[0].device=impair(loss=2%,seed=1):tap:wadi0'
peer 10.53.0.2 bulk 1000000
[ "$(drops lossy impair.loss)" -gt 0 ] || fail "the line lost nothing"
[ "$(tcp lossy resent)" -gt 0 ] || fail "nothing was sent again"
note "a megabyte and back over a line that loses 2 %: $(tcp lossy resent) segments sent again"
stop lossy

# A client that vanishes while characters flow to it is given up after the time that the answer to
# its SYN has told it (RFC 5482).
up gone --set echo.user_timeout=2
start dump "$host" tcpdump -i wadi0 -Q in -nn -v -l 'tcp src port 19 and tcp[tcpflags] & tcp-syn != 0'
poll 5 grep -q 'listening on' "$tmp/dump.log" || fail "tcpdump does not listen"
start reader "$host" python3 -c "
import socket, time
sock = socket.create_connection(('10.53.0.2', 19), timeout=50)
while sock.recv(4096):
    time.sleep(0.001)"
characters_flow() {
	"$ctl" "$tmp/gone.sock" tcp | has_line ESTABLISHED
}
poll 10 characters_flow || fail "no client of chargen"
poll 5 grep -q 'uto 0x0*2' "$tmp/dump.log" || fail "the client is not told the time-out: $(cat "$tmp/dump.log")"
within "$host" ip link set wadi0 down
it_ended() {
	[ "$(tcp gone closed)" = 1 ]
}
poll 10 it_ended || fail "the connection goes on without its client: $("$ctl" "$tmp/gone.sock" tcp)"
within "$host" ip link set wadi0 up
stop gone
expect 0 $status "exit status"
