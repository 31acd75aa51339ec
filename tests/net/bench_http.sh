#!/bin/bash
# wadi-bench http: what it counts is what servers that are not ours answered: nginx and Python's, over
# XDP sockets, with a length, in chunks, until the end, pipelined, with a connection each and at a
# rate; what it refuses of a server that breaks the rules; and what the command refuses.
. "$(dirname "$0")/lib.sh"
bench=$(program wadi-bench)

# holds NAME EXPRESSION WHAT: of the result $tmp/NAME.json.
holds() {
	python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$tmp/$1.json" "$2" ||
		fail "$3: $(cat "$tmp/$1.json")"
}

# load NAME PORT OPTION...: a client for a moment, whose result is $tmp/NAME.json.
load() {
	local name=$1 port=$2
	shift 2
	status=0
	within "$client" timeout $((30 * scale)) "$bench" http --to "10.53.0.2:$port" --duration 1 --warm-up 100 --json \
		--device af_xdp:w1 --from 10.53.0.1/24 --from 10.53.0.3/24 "$@" >"$tmp/$name.json" 2>"$tmp/$name.log" ||
		status=$?
}

# answers NAME PORT OPTION...: all that came was as it should be.
answers() {
	load "$@"
	expect 0 $status "exit status of $1: $(cat "$tmp/$1.log")"
	holds "$1" 'r["answered"] > 2 and r["wrong"] == r["refused"] == r["failed"] == 0' "$1"
	holds "$1" '0 < r["latency_us"]["50"] <= r["latency_us"]["99.9"] < 30e6' "latencies of $1"
}

# refuses SENTENCE OPTION...
refuses() {
	local sentence=$1 text code=0
	shift
	text=$("$bench" http "$@" 2>&1) || code=$?
	[ "$code" -ne 0 ] || fail "http $* is taken"
	grep -q "$sentence" <<<"$text" || fail "http $* says: $text"
}
to=(--device mem:x --from 10.53.0.1/24 --to 10.53.0.2)
refuses 'device and --to are needed' --device tap:x
refuses 'an address with its prefix length' --device mem:x --from 10.53.0.1 --to 10.53.0.2
refuses 'is not an address' --device mem:x --from 10.53.0.1/24 --to example.org
refuses 'cannot be requested' "${to[@]}" --target 'a b'
refuses 'cannot be requested' "${to[@]}" --target $'/ HTTP/1.1\r\nA: b'
refuses 'cannot be requested' "${to[@]}" --host 'a/b'
refuses 'is not NAME: VALUE' "${to[@]}" --field Accept
refuses 'cannot be a field here' "${to[@]}" --field 'Content-Length: 5'
refuses 'kept' "${to[@]}" --mode fast

netns "$server" "$client"
veth "$server" w0 "$client" w1
ip -n "$client" addr flush dev w1 # the client's addresses are its own
ip -n "$server" addr add 10.53.0.2/24 dev w0
within "$server" ethtool -K w0 tx off >/dev/null

# Port 81: the path says how it answers, and whether it breaks the rules. Port 82: Python's server of
# HTTP/1.0, which ends each connection.
cat >"$tmp/server.py" <<'END'
import http.server, socket, threading
ANSWERS = {
    "/length": b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + bytes(64),
    "/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1e;a=b\r\n" + bytes(30)
               + b"\r\n22\r\n" + bytes(34) + b"\r\n0\r\nX: y\r\n\r\n",
    "/interim": b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + bytes(64),
    "/end": b"HTTP/1.1 200 OK\r\n\r\n" + bytes(64),
    "/missing": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "/both": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "/fold": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + bytes(32),
    "/ssh": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
}
def receive(sock):
    try:
        return sock.recv(4096)
    except ConnectionError: # the client was stopped
        return b""
def serve(sock):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    got = b""
    while part := receive(sock):
        got += part
        while b"\r\n\r\n" in got:
            head, got = got.split(b"\r\n\r\n", 1)
            path = head.split(b" ")[1].decode()
            answer = ANSWERS[path]
            sock.sendall(answer[:70])
            sock.sendall(answer[70:])
            if path in ("/end", "/cut") or b"Connection: close" in head:
                sock.close()
                return
    sock.close()
def listen():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
listener = socket.create_server(("10.53.0.2", 81), backlog=128)
threading.Thread(target=listen, daemon=True).start()
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass
python = http.server.ThreadingHTTPServer(("10.53.0.2", 82), Quiet)
print("ready", flush=True)
python.serve_forever()
END
mkdir "$tmp/files"
head -c 64 /dev/zero >"$tmp/files/small"
head -c 300000 /dev/zero >"$tmp/files/large"
start python "$server" env -C "$tmp/files" python3 "$tmp/server.py"
poll 10 grep -q ready "$tmp/python.log" || fail "Python's server does not start"

answers length 81 --target /length --length 64 --connections 8
holds length 'r["opened"] <= 8' "connections are kept"
answers chunks 81 --target /chunks --length 64 --connections 4
answers interim 81 --target /interim --length 64 --connections 4
answers pipelined 81 --target /length --length 64 --connections 2 --pipeline 8
answers each 81 --target /length --length 64 --connections 4 --mode each
holds each 'abs(r["opened"] - r["answered"]) <= 8' "a connection for each request"
answers end 81 --target /end --length 64 --connections 4 --mode each
answers missing 81 --target /missing --status 404 --connections 4
answers rate 81 --target /length --length 64 --connections 4 --rate 100
holds rate 'r["answered"] <= r["duration_us"] / 1e4 + 300' "requests at a rate"
answers rate_each 81 --target /length --length 64 --connections 8 --mode each --rate 50
holds rate_each 'r["answered"] <= r["duration_us"] / 2e4 + 150' "connections at a rate"
answers python 82 --target /small --length 64 --connections 4 --mode each
answers python_large 82 --target /large --length 300000 --connections 2 --mode each

load wrong_status 81 --target /missing --connections 2
holds wrong_status 'r["answered"] == 0 and r["wrong"] > 0' "answers of another status"
expect 1 $status "exit status without an answer"
load wrong_length 81 --target /length --length 65 --connections 2
holds wrong_length 'r["answered"] == 0 and r["wrong"] > 0' "answers of another length"
for bad in both fold ssh; do
	load $bad 81 --target /$bad --connections 2
	holds $bad 'r["answered"] == 0 and r["refused"] > 0' "what is not HTTP: $bad"
done
load cut 81 --target /cut --connections 2
holds cut 'r["answered"] == 0 and r["refused"] > 0' "content that is cut"
stop python
load none 81 --connections 2
expect 1 $status "exit status without a server"
holds none 'r["answered"] == 0 and r["failed"] > 0' "connections that are refused"

if ! command -v nginx >/dev/null; then
	note "nginx was not tried: it is not installed"
	exit 0
fi
cat >"$tmp/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $tmp/nginx.pid;
error_log stderr;
events { worker_connections 512; }
http {
	access_log off;
	keepalive_requests 100000000;
	client_body_temp_path $tmp/body; proxy_temp_path $tmp/proxy; fastcgi_temp_path $tmp/fastcgi;
	uwsgi_temp_path $tmp/uwsgi; scgi_temp_path $tmp/scgi;
	server {
		listen 10.53.0.2:80;
		listen 10.53.0.2:443 ssl;
		ssl_certificate $tmp/tls/a.chain.pem; ssl_certificate_key $tmp/tls/a.key.pem; ssl_protocols TLSv1.2 TLSv1.3;
		root $tmp/files;
		if_modified_since before;
	}
}
END
chmod 755 "$tmp"
tests/unit/tls/certificates.sh "$tmp/tls" a || fail "the certificates cannot be made"
start nginx "$server" nginx -c "$tmp/nginx.conf" -g 'user root;'
poll 10 within "$server" curl -sfo /dev/null http://10.53.0.2/small || fail "nginx does not start"
answers nginx 80 --target /small --length 64 --connections 16
holds nginx 'r["opened"] <= 16 and r["secured"] == 0' "connections to nginx are kept"
answers nginx_pipelined 80 --target /small --length 64 --connections 4 --pipeline 16
answers nginx_each 80 --target /small --length 64 --connections 16 --mode each
answers nginx_large 80 --target /large --length 300000 --connections 2
answers nginx_304 80 --target /small --status 304 --connections 2 \
	--field "If-Modified-Since: Fri, 31 Dec 2094 23:59:59 GMT"

# Over TLS: kept, with a whole handshake each, and with sessions that are resumed; a server without TLS.
answers tls 443 --tls full --target /small --length 64 --connections 8
holds tls 'r["secured"] <= 8 and r["opened"] <= 8' "handshakes of connections that are kept"
answers tls_each 443 --tls full --target /large --length 300000 --connections 4 --mode each
holds tls_each 'r["secured"] >= r["answered"] - 4 and r["resumed"] == 0' "whole handshakes"
answers tls_resumed 443 --tls resumed --target /small --length 64 --connections 4 --mode each
holds tls_resumed 'r["resumed"] >= r["secured"] - 8 > 2' "sessions that are resumed"
load tls_plain 80 --tls full --target /small --connections 2
holds tls_plain 'r["answered"] == r["secured"] == 0 and r["failed"] > 0' "a server without TLS"
