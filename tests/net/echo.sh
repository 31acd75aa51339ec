#!/bin/bash
# The smallest appliance with its example configuration: datagrams come back as they
# went; and the same behind a lossy line, where the losses are counted.
. "$(dirname "$0")/lib.sh"

# sends: how many of 300 datagrams, from empty ones to the largest, come back unchanged.
sends() {
	within "$host" python3 - <<-'END'
	import os, socket
	same = 0
	for family, server in (socket.AF_INET, "10.53.0.2"), (socket.AF_INET6, "fd53::2"):
	    sock = socket.socket(family, socket.SOCK_DGRAM)
	    sock.connect((server, 7))
	    sock.settimeout(0.1 * int(os.environ.get("WADI_TIME_SCALE", 1)))
	    for n in range(150):
	        wanted = os.urandom(n * 1452 // 149)
	        try:
	            sock.send(wanted)
	            while sock.recv(2000) != wanted:
	                pass  # one of before, which was late
	            same += 1
	        except TimeoutError:
	            pass
	print(same)
	END
}

netns "$host"
start echo "$host" "$echo_server" serve -c config/echo.json --set "control.socket=$tmp/echo.sock" "${managed[@]}"
ready echo
host_side "$host" wadi0
expect 300 "$(sends)" "datagrams that came back"

# Discard answers nothing, chargen the first of its characters: as many as were sent.
within "$host" python3 - <<-'END' || fail "discard or chargen over UDP"
	import socket
	line = bytes(range(32, 104)) + b"\r\n"
	for port, wanted in (9, None), (19, (line + bytes(range(33, 105)))[:100]):
	    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    sock.connect(("10.53.0.2", port))
	    sock.settimeout(0.5 if wanted is None else 10)
	    sock.send(bytes(100))
	    try:
	        got = sock.recv(2000)
	    except TimeoutError:
	        got = None
	    assert got == wanted, (port, got)
END
"$ctl" "$tmp/echo.sock" health >"$tmp/health" || fail "not healthy: $(cat "$tmp/health")"
grep -q '14 bytes to port 7' "$tmp/health" || fail "health asks nothing: $(cat "$tmp/health")"
is_managed "$host"
grep -q 'serving ports 7, 9, 19, managed at http://10.53.0.2:9100 on' "$tmp/echo.log" || fail "the start says: $(cat "$tmp/echo.log")"

# It takes no change while it runs, and says which wait for a restart.
"$ctl" "$tmp/echo.sock" reload >"$tmp/reload.log" || fail "the reload failed"
grep -q '^echo .*a change waits for a restart' "$tmp/reload.log" || fail "wadi-echo answers as if it had reloaded: $(cat "$tmp/reload.log")"

# A host that has it wrong sends more than the port's MTU of 1500 lets go back.
within "$host" ip link set wadi0 mtu 1504
within "$host" python3 - <<-'END'
	import socket
	sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	sock.sendto(bytes(1504 - 28), ("10.53.0.2", 7))
END
within "$host" ip link set wadi0 mtu 1500
expect 300 "$(sends)" "datagrams that came back after one too long"
expect 1 "$(drops echo tx.too_long)" "datagrams too long to go back"
stop echo
expect 0 $status "exit status"

start lossy "$host" "$echo_server" serve -c config/echo.json --set "control.socket=$tmp/lossy.sock" \
	--set 'ports[0].device=impair(loss=10%,seed=1):tap:wadi0'
ready lossy
host_side "$host" wadi0
back=$(sends)
lost=$(drops lossy impair.loss)
if [ "$back" -lt 150 ] || [ "$back" -eq 300 ]; then
	fail "$back of 300 came back over a line that loses 10 %"
fi
[ "$lost" -gt 0 ] || fail "DROP_IMPAIR_LOSS did not count"
note "$back of 300 came back over a line that loses 10 % each way"
