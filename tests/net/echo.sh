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
	    sock.settimeout(0.1)
	    for n in range(150):
	        wanted = os.urandom(n * 1452 // 149)
	        try:
	            sock.send(wanted)
	            same += sock.recv(2000) == wanted
	        except TimeoutError:
	            pass
	print(same)
	END
}

netns "$host"
start echo "$host" "$echo_server" serve -c config/echo.json --set "control.socket=$tmp/echo.sock"
ready echo
host_side "$host" wadi0
expect 300 "$(sends)" "datagrams that came back"

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
expect 1 "$(drops echo echo.no_room)" "the drop reason of the echo service"
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
