#!/bin/bash
# wadi-bench tcp: what it counts is what its servers counted: of its own over memif, in each mode; a
# server of the kernel's over XDP sockets, which ends connections of its own accord and refuses some;
# wadi-dns, with a query as the request. And what the command refuses.
. "$(dirname "$0")/lib.sh"
bench=$(program wadi-bench)

# holds NAME EXPRESSION WHAT: of the result $tmp/NAME.json.
holds() {
	python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$tmp/$1.json" "$2" ||
		fail "$3: $(cat "$tmp/$1.json")"
}

# load NAME OPTION...: a client for a moment, whose result is $tmp/NAME.json.
load() {
	local name=$1
	shift
	status=0
	within "$client" timeout $((30 * scale)) "$bench" tcp --duration 1 --warm-up 100 --json "$@" \
		>"$tmp/$name.json" 2>"$tmp/$name.log" || status=$?
}

# refuses SENTENCE OPTION...
refuses() {
	local sentence=$1 text code=0
	shift
	text=$("$bench" tcp "$@" 2>&1) || code=$?
	[ "$code" -ne 0 ] || fail "tcp $* is taken"
	grep -q "$sentence" <<<"$text" || fail "tcp $* says: $text"
}
refuses 'either --to or --listen' --device tap:x
refuses 'either --to or --listen' --device tap:x --to 10.53.0.2:7 --listen 7
refuses 'an address with a port' --device mem:x --from 10.53.0.1/24 --to 10.53.0.2
refuses 'an address with its prefix length' --device mem:x --from 10.53.0.1 --to 10.53.0.2:7
refuses 'kept' --device mem:x --from 10.53.0.1/24 --to 10.53.0.2:7 --mode fast
refuses 'No such file' --device mem:x --from 10.53.0.1/24 --to 10.53.0.2:7 --request "$tmp/absent"
: >"$tmp/empty"
refuses 'no request in it' --device mem:x --from 10.53.0.1/24 --to 10.53.0.2:7 --request "$tmp/empty"

netns "$server" "$client"
veth "$server" w0 "$client" w1
ip -n "$client" addr flush dev w1 # the client's addresses are its own
ip -n "$server" addr add 10.53.0.2/24 dev w0
within "$server" ethtool -K w0 tx off >/dev/null
mine=(--device af_xdp:w1 --from 10.53.0.1/24 --from 10.53.0.3/24)

# The kernel's server answers 16 bytes by 40 in two parts, and closes at the end of its client.
cat >"$tmp/server.py" <<'END'
import socket, threading
listener = socket.create_server(("10.53.0.2", 7), backlog=128)
print("ready", flush=True)
def serve(sock):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    got = 0
    while part := sock.recv(4096):
        got += len(part)
        while got >= 16:
            got -= 16
            sock.sendall(bytes(10))
            sock.sendall(bytes(30))
    sock.close()
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
END
start python "$server" python3 "$tmp/server.py"
poll 10 grep -q ready "$tmp/python.log" || fail "the kernel's server does not start"
load kept --to 10.53.0.2:7 --connections 8 --request-bytes 16 --answer-bytes 40 "${mine[@]}"
expect 0 $status "exit status: $(cat "$tmp/kept.log")"
holds kept 'r["answered"] > 20 and r["failed"] == 0' "requests to the kernel's server"
holds kept 'abs(r["received_bytes"] - 40 * r["answered"]) <= 8 * 40' "bytes of answers"
holds kept '0 < r["latency_us"]["50"] <= r["latency_us"]["99.9"] < 30e6' "latencies"
load each --to 10.53.0.2:7 --mode each --connections 4 --request-bytes 16 --answer-bytes 40 "${mine[@]}"
expect 0 $status "exit status with a connection for each request"
holds each 'r["failed"] == 0 and abs(r["opened"] - r["answered"]) <= 4 and r["answered"] > 20' "connections to the kernel's server"
stop python
load refused --to 10.53.0.2:7 --connections 4 "${mine[@]}"
expect 1 $status "exit status without a server"
holds refused 'r["answered"] == 0 and r["opened"] == 0 and r["failed"] > 0' "connections that are refused"

# A query as the request.
ip -n "$server" addr flush dev w0
conf dns af_xdp:w0
serve dns "$server"
python3 -c '
import struct, sys
query = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + b"\3www\7example\3org\0" + struct.pack("!2H", 1, 1)
sys.stdout.buffer.write(struct.pack("!H", len(query)) + query)' >"$tmp/query"
load dns --to 10.53.0.2:53 --mode each --request "$tmp/query" --answer-bytes 51 "${mine[@]}"
expect 0 $status "exit status with a DNS server"
holds dns 'r["answered"] > 20 and r["failed"] == 0' "connections with a query each"
stop dns

# Its own server. What the server counts is all, the client only what came after the warm-up.
own() {
	local mode=$1 served=$2
	shift 2
	start own "$server" "$bench" tcp --listen 7 --mode "$served" --device "memif:$tmp/link,role=server" \
		--from 10.54.0.2/24 --warm-up 0 --json "$@"
	poll 10 test -S "$tmp/link" || fail "the server does not start: $(cat "$tmp/own.log")"
	load "$mode" --to 10.54.0.2:7 --mode "$mode" --device "memif:$tmp/link,role=client" --from 10.54.0.1/24 "$@"
	expect 0 $status "exit status of $mode: $(cat "$tmp/$mode.log")"
	kill -INT "${pid_of[own]}"
	wait "${pid_of[own]}" || true
	unset "pid_of[own]"
	grep '^{' "$tmp/own.log" >"$tmp/served.json" || fail "no result of the server: $(cat "$tmp/own.log")"
	rm -f "$tmp/link"
}
if "$bench" --help | has_line memif; then
	own kept kept --connections 10 --request-bytes 20000 --answer-bytes 30000
	holds kept 'r["answered"] > 20 and r["failed"] == 0 and r["received_bytes"] >= 30000 * r["answered"] * 0.9' "large requests"
	own each each --connections 10
	answered=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["answered"])' "$tmp/each.json")
	holds served "r['answered'] >= $answered > 20 and r['opened'] >= $answered" "what the server counted"
	own send receive --connections 2
	holds send 'r["sent_bytes"] > 1e4' "bytes that were sent"
	holds served 'r["received_bytes"] > 1e4 and r["opened"] == 2' "bytes that came"
	own receive send --connections 2
	holds receive 'r["received_bytes"] > 1e4' "bytes that came to the client"
fi
