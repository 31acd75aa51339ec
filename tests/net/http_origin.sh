#!/bin/bash
# An appliance as the client of HTTP servers that are not ours: nginx, plain and over TLS, and Python's,
# which ends each connection; from a worker, and from the control thread; servers that are not there, or
# not to be trusted.
. "$(dirname "$0")/lib.sh"
fetch=$(program fetch)
[ -n "$fetch" ] || skip "$build holds no fetch"
command -v nginx >/dev/null || skip "nginx is missing; tools/deps bench installs it"

netns "$server" "$client"
veth "$server" w0 "$client" w1
tests/unit/tls/certificates.sh "$tmp/tls" || fail "the certificates cannot be made"
mkdir "$tmp/site"
echo small >"$tmp/site/small"
head -c 5000000 /dev/urandom >"$tmp/site/large"
# Files in memory-backed folders may be unreadable for nginx's user: it stays root.
cat >"$tmp/nginx.conf" <<END
daemon off; worker_processes 1; user root; pid $tmp/nginx.pid; error_log $tmp/nginx.log;
events { }
http {
	access_log $tmp/access; client_body_temp_path $tmp/body; proxy_temp_path $tmp/proxy; fastcgi_temp_path $tmp/fastcgi;
	uwsgi_temp_path $tmp/uwsgi; scgi_temp_path $tmp/scgi; keepalive_requests 3;
	log_format calls '\$connection \$request';
	access_log $tmp/calls calls;
	server {
		listen 10.53.0.1:8000; listen 10.53.0.1:8443 ssl; root $tmp/site;
		ssl_certificate $tmp/tls/a.chain.pem; ssl_certificate_key $tmp/tls/a.key.pem;
		location /echo { add_header X-Length \$http_content_length; return 200 "\$http_host \$http_content_length"; }
	}
}
END
start nginx "$client" nginx -c "$tmp/nginx.conf"
start python "$client" python3 -m http.server -b 10.53.0.1 -d "$tmp/site" 8001
poll 10 within "$client" curl -sfo /dev/null http://10.53.0.1:8000/small || fail "nginx does not start"
poll 10 within "$client" curl -sfo /dev/null http://10.53.0.1:8001/small || fail "Python's server does not start"
: >"$tmp/calls"

# fetches [KEY=VALUE...]: what came of the calls, a line each, is in $tmp/fetched.
fetches() {
	local sets=() pair
	for pair; do sets+=(--set "fetch.$pair"); done
	within "$server" timeout $((60 * scale)) "$fetch" serve --set 'ports=[{"name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24"}]' \
		--set fetch.address=10.53.0.1 "${sets[@]}" >"$tmp/fetched" 2>"$tmp/fetch.log" || fail "fetch: $(cat "$tmp/fetch.log")"
}
# line TARGET FILE: how a file came whole.
line() {
	python3 -c "
import sys, zlib
content = open(sys.argv[2], 'rb').read()
print(sys.argv[1], 0, 200, len(content), zlib.adler32(content), '')" "$1" "$2"
}
small=$(line /small "$tmp/site/small")
large=$(line /large "$tmp/site/large")

for crosses in false true; do
	# Six calls, of which nginx lets a connection have three.
	fetches crosses=$crosses port=8000 'calls=["GET /small", "GET /large", "HEAD /large", "POST /echo", "GET /absent", "GET /small"]' \
		"content=$(printf %08000d 1)"
	printf '%s 8000' server.example >"$tmp/echo"
	expect "$small"$'\n'"$large"$'\n/large 0 200 0 1 \n'"$(line /echo "$tmp/echo")"$'\n/absent 0 404' \
		"$(head -n 4 "$tmp/fetched"; sed -n '5s/ [0-9]* [0-9]* $//p' "$tmp/fetched")" "calls of nginx, crosses=$crosses"
	expect "$small" "$(sed -n 6p "$tmp/fetched")" "the last call of nginx"
	expect 2 "$(cut -d' ' -f1 "$tmp/calls" | sort -u | wc -l)" "connections to nginx"
	: >"$tmp/calls"

	fetches crosses=$crosses port=8443 "ca=$tmp/tls/root.pem" name=a.example 'calls=["GET /small", "GET /large", "POST /echo", "GET /small"]' \
		"content=$(printf %08000d 1)"
	expect "$small"$'\n'"$large"$'\n'"$(line /echo "$tmp/echo")"$'\n'"$small" "$(cat "$tmp/fetched")" "calls over TLS, crosses=$crosses"
	: >"$tmp/calls"

	fetches crosses=$crosses port=8001 'calls=["GET /small", "GET /large", "GET /small"]'
	expect "$small"$'\n'"$large"$'\n'"$small" "$(cat "$tmp/fetched")" "calls of Python's server, crosses=$crosses"

	fetches crosses=$crosses port=8002 'calls=["GET /small"]'
	expect '/small 2 0 0 1 nothing listens there' "$(cat "$tmp/fetched")" "no server"
done

for untrusted in "ca=$tmp/tls/other.pem name=a.example" "ca=$tmp/tls/root.pem name=b.example"; do
	# shellcheck disable=SC2086 # two words
	fetches port=8443 $untrusted 'calls=["GET /small"]'
	expect '/small 2 0 0 1 TLS: the peer has no certificate, or one that is not accepted' "$(cat "$tmp/fetched")" "$untrusted"
done
fetches port=8000 "ca=$tmp/tls/root.pem" 'calls=["GET /small"]'
grep -q '^/small 2 0 0 1 TLS: ' "$tmp/fetched" || fail "a server without TLS: $(cat "$tmp/fetched")"
fetches address=10.53.0.9 'calls=["GET /small"]'
grep -q '^/small 2 0 0 1 the server ' "$tmp/fetched" || fail "a server that is not there: $(cat "$tmp/fetched")"
fetches port=8000 'calls=["GET nowhere", "GET /small"]'
expect $'nowhere 1 0 0 1 the method, the target, the host or a field is malformed\n'"$small" "$(cat "$tmp/fetched")" "a malformed target"
stop nginx
stop python
