#!/bin/bash
# TCP of an af_packet interface under attack: while SYNs of random sources come as fast as hping3
# sends, a connection that is established lives on, and new ones get in by SYN cookies;
# forged resets, SYNs and data do not touch a connection; nmap sees what is there.
. "$(dirname "$0")/lib.sh"
[ -n "$echo_server" ] || skip "$build holds no wadi-echo"
command -v hping3 >/dev/null || skip "hping3 is missing; tools/deps installs it"
command -v nmap >/dev/null || skip "nmap is missing; tools/deps installs it"

# tcp COLUMN: a counter of the appliance's TCP.
tcp() {
	"$ctl" "$tmp/echo.sock" stats --json | python3 -c "
import json, sys
rows = json.load(sys.stdin)['tcp']
print((rows[0] if isinstance(rows, list) else rows)['$1'])"
}

rss() {
	awk '/^VmRSS/ { print $2 }' "/proc/${pid_of[echo]}/status"
}

# keeper: one connection from port 40000, over which a line goes and comes until the file `end`
# is there.
keeper() {
	within "$client" python3 - "$tmp/end" >"$tmp/keeper" <<-'END'
	import os, socket, sys, time
	sock = socket.create_connection(("10.53.0.2", 7), timeout=50, source_address=("10.53.0.1", 40000))
	lines = 0
	while not os.path.exists(sys.argv[1]):
	    sock.sendall(b"line %9d\n" % lines)
	    got = b""
	    while len(got) < 15:
	        part = sock.recv(15 - len(got))
	        if not part:
	            sys.exit("the connection was closed")
	        got += part
	    assert got == b"line %9d\n" % lines, got
	    lines += 1
	    time.sleep(0.02)
	print(lines)
	END
}

# newcomers N: connections one after the other, each echoing a word.
newcomers() {
	within "$client" timeout $((60 * scale)) python3 - "$1" <<-'END'
	import socket, sys
	for n in range(int(sys.argv[1])):
	    with socket.create_connection(("10.53.0.2", 7), timeout=50) as sock:
	        sock.sendall(b"word %d" % n)
	        assert sock.recv(100) == b"word %d" % n
	END
}

netns "$server" "$client"
veth "$server" w0 "$client" w1
start echo "$server" "$echo_server" serve -c config/echo.json --set "control.socket=$tmp/echo.sock" \
	--set 'ports[0].device=af_packet:w0' --set 'ports[0].gateway4=10.53.0.1'
ready echo
keeper &
keeping=$!
has_opened() {
	[ "$(tcp opened)" -ge "$1" ]
}
poll 10 has_opened 1 || fail "no connection"
before=$(rss)

within "$client" timeout 4 hping3 -q -S --flood --rand-source -p 7 10.53.0.2 >"$tmp/flood" 2>&1 &
flooding=$!
has_cookies() {
	[ "$(tcp cookies_sent)" -gt 1000 ]
}
poll 10 has_cookies || fail "a flood of SYNs was not answered by cookies: $("$ctl" "$tmp/echo.sock" drops)"
newcomers 20 || fail "a new connection did not get in"
wait $flooding || true
[ "$(tcp cookies_taken)" -gt 0 ] || fail "no connection was made from a cookie"
after=$(rss)
[ $((after - before)) -lt 4096 ] || fail "memory has grown from $before to $after KiB"
note "flood of SYNs: $(tcp cookies_sent) cookies sent, $(tcp cookies_taken) taken; memory $before to $after KiB"

# forged OPTION...: segments of the kept connection with numbers that are guessed.
forged() {
	within "$client" hping3 -q -c 200 -i u500 --keep -s 40000 -p 7 "$@" 10.53.0.2 >"$tmp/forged" 2>&1 || true
}
dd if=/dev/zero of="$tmp/data" bs=64 count=1 status=none
forged -R
[ "$(drops echo tcp.window)" -gt 100 ] || fail "forged resets were not refused"
forged -S
forged -A -d 64 -E "$tmp/data"
forged -A -F
kill -0 $keeping 2>/dev/null || fail "a forged segment ended the connection: $(cat "$tmp/keeper")"
touch "$tmp/end"
wait $keeping || fail "the kept connection: $(cat "$tmp/keeper")"
note "lines over the connection meanwhile: $(cat "$tmp/keeper")"

within "$client" nmap -n -Pn -sS -p 1-100 10.53.0.2 >"$tmp/nmap" 2>&1
[ "$(grep -c ' open ' "$tmp/nmap")" = 3 ] || fail "nmap: $(cat "$tmp/nmap")"
grep -q '^7/tcp *open' "$tmp/nmap" || fail "nmap: $(cat "$tmp/nmap")"
within "$client" nmap -n -Pn -O -p 7,8 10.53.0.2 >"$tmp/nmap-os" 2>&1
newcomers 5 || fail "after nmap no connection gets in"
stop echo
expect 0 "$status" "exit status"
