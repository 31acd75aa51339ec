#!/bin/bash
# DNS over HTTPS with real clients: kdig, curl and dnsperf, by GET and POST, HTTP/2 and HTTP/1.1; padding,
# how long an answer may be kept, long answers; what is refused; other certificates at a reload; and a
# client that floods, beside which others are served.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
from=$client
tests/unit/tls/certificates.sh "$tmp/tls" || fail "the certificates cannot be made"

conf dns af_packet:w0
cp "$tmp/tls/a.chain.pem" "$tmp/tls/live.chain.pem"
cp "$tmp/tls/a.key.pem" "$tmp/tls/live.key.pem"
for i in $(seq 60); do
	echo "huge TXT \"$i: $(printf '%0200d' "$i")\"" >>"$tmp/dns.zone"
done
serve dns "$server" --set dns.https.enabled=true --set dns.https.plain_port=8053 --set dns.https.max_per_client=400 \
	--set "dns.https.certificates=[{\"certificate\": \"$tmp/tls/live.chain.pem\", \"key\": \"$tmp/tls/live.key.pem\"}]"

# ask_https [kdig's arguments]
ask_https() {
	within "$from" kdig @10.53.0.2 "+tls-ca=$tmp/tls/root.pem" +tls-hostname=a.example "$@" >"$tmp/kdig.log" 2>&1
}

# get [curl's arguments]: version and status; the answer is in $tmp/answer, its fields in $tmp/fields.
get() {
	within "$from" curl -sS -m $((10 * scale)) --cacert "$tmp/tls/root.pem" --resolve a.example:443:10.53.0.2 \
		-o "$tmp/answer" -D "$tmp/fields" -w '%{http_version} %{http_code}' "$@"
}

# counted TABLE COLUMN LABEL VALUE: what the statistics say.
counted() {
	"$ctl" "$tmp/dns.sock" stats --json | python3 -c "
import json, sys
print(sum(row['$2'] for row in json.load(sys.stdin)['$1'] if not '${3:-}' or row['${3:-}'] == '${4:-}'))"
}

# query NAME TYPE: the message as a file and in base64url.
python3 - "$tmp" <<-'END'
	import base64, struct, sys
	name = b"".join(bytes([len(l)]) + l.encode() for l in "www.example.org".split(".")) + b"\0"
	message = struct.pack("!6H", 0, 0, 1, 0, 0, 0) + name + struct.pack("!2H", 1, 1)
	open(sys.argv[1] + "/query", "wb").write(message)
	open(sys.argv[1] + "/query64", "wb").write(base64.urlsafe_b64encode(message).rstrip(b"="))
	open(sys.argv[1] + "/long", "wb").write(b"x" * 65536)
END
at=https://a.example/dns-query
query=$(cat "$tmp/query64")
post=(-H 'Content-Type: application/dns-message' --data-binary "@$tmp/query")

for how in +https +https-get; do
	ask_https "$how" +padding www.example.org A || fail "kdig $how: $(cat "$tmp/kdig.log")"
	grep -q 192.0.2.80 "$tmp/kdig.log" || fail "kdig $how: $(cat "$tmp/kdig.log")"
	grep -q '468 B' "$tmp/kdig.log" || fail "no padding: $(cat "$tmp/kdig.log")"
	ask_https "$how" huge.example.org TXT || fail "kdig $how: $(cat "$tmp/kdig.log")"
	expect 60 "$(grep -c '^huge.example.org.*TXT' "$tmp/kdig.log")" "records of a long answer to kdig $how"
	ask_https "$how" absent.example.org A || fail "kdig $how: $(cat "$tmp/kdig.log")"
	grep -q 'NXDOMAIN' "$tmp/kdig.log" || fail "kdig $how: $(cat "$tmp/kdig.log")"
done
[ "$(counted replies_by_transport count transport 'HTTPS over IPv4')" -ge 6 ] || fail "$("$ctl" "$tmp/dns.sock" stats)"

for version in 2 1.1; do
	http=(--http2)
	[ $version = 2 ] || http=(--http1.1)
	expect "$version 200" "$(get "${http[@]}" "$at?dns=$query")" "GET"
	grep -qi '^content-type: application/dns-message' "$tmp/fields" || fail "$(cat "$tmp/fields")"
	grep -qi '^cache-control: max-age=300' "$tmp/fields" || fail "$(cat "$tmp/fields")"
	cp "$tmp/answer" "$tmp/by_get"
	expect "$version 200" "$(get "${http[@]}" "${post[@]}" "$at")" "POST"
	cmp "$tmp/answer" "$tmp/by_get" || fail "GET and POST differ"
	expect "$version 404" "$(get "${http[@]}" "https://a.example/?dns=$query")" "another path"
	expect "$version 400" "$(get "${http[@]}" "$at")" "no message"
	expect "$version 400" "$(get "${http[@]}" "$at?dns=$query&dns=$query")" "two messages"
	expect "$version 400" "$(get "${http[@]}" "$at?dns=a*b")" "what is not base64url"
	expect "$version 400" "$(get "${http[@]}" "$at?dns=AAAA")" "what is no query"
	expect "$version 405" "$(get "${http[@]}" -X DELETE "$at")" "another method"
	grep -qi '^allow: GET, POST' "$tmp/fields" || fail "$(cat "$tmp/fields")"
	expect "$version 415" "$(get "${http[@]}" -H 'Content-Type: text/plain' --data-binary "@$tmp/query" "$at")" "another type"
	expect "$version 413" "$(get "${http[@]}" -H 'Expect:' -H 'Content-Type: application/dns-message' --data-binary "@$tmp/long" "$at")" "a message that is too long"
done
expect '2 200' "$(get --http2-prior-knowledge "http://10.53.0.2:8053/dns-query?dns=$query")" "without TLS, HTTP/2"
expect '1.1 200' "$(get "http://10.53.0.2:8053/dns-query?dns=$query")" "without TLS, HTTP/1.1"

# A web server at a name that is asked for over HTTPS.
within "$from" curl -sS -m $((10 * scale)) --cacert "$tmp/tls/root.pem" --resolve a.example:443:10.53.0.2 --doh-insecure \
	--doh-url https://10.53.0.2/dns-query -o /dev/null http://www.example.org/ >"$tmp/doh.log" 2>&1 || true
! grep -q 'resolve' "$tmp/doh.log" || fail "curl --doh-url: $(cat "$tmp/doh.log")"

# One query of a connection at a time: dnsperf 2.10 takes one message out of what it has read, and waits for
# the socket before it looks at the rest (perf__doh_have_more), so answers that come in one record of TLS are
# lost to it. With 50 outstanding, of dnsdist 1.7 it loses 299 of 300, of BIND 9.18, which makes a record of
# each, none. h2load, below, has 50 outstanding.
printf 'www.example.org A\nbig.example.org TXT\nabsent.example.org A\n' >"$tmp/queries"
for method in GET POST; do
	within "$from" dnsperf -s 10.53.0.2 -m doh -p 443 -O doh-uri=https://a.example/dns-query -O doh-method=$method \
		-d "$tmp/queries" -c 1 -q 1 -t $((10 * scale)) -n 20 >"$tmp/dnsperf.log" 2>&1 || fail "dnsperf: $(cat "$tmp/dnsperf.log")"
	grep -q 'Queries lost: *0' "$tmp/dnsperf.log" || fail "dnsperf $method: $(cat "$tmp/dnsperf.log")"
done

for way in "?dns=$query" "-d$tmp/query"; do
	options=()
	url=$at
	[ "${way:0:1}" != - ] || options=(-H 'content-type: application/dns-message' "$way")
	[ "${way:0:1}" != '?' ] || url=$at$way
	within "$from" h2load -n 2000 -c 20 -m 50 "${options[@]}" "${url/a.example/10.53.0.2}" >"$tmp/h2load.log" 2>&1 ||
		fail "h2load: $(cat "$tmp/h2load.log")"
	grep -q '2000 succeeded, 0 failed, 0 errored, 0 timeout' "$tmp/h2load.log" || fail "h2load: $(cat "$tmp/h2load.log")"
done

cp "$tmp/tls/b.chain.pem" "$tmp/tls/live.chain.pem"
! "$ctl" "$tmp/dns.sock" reload >"$tmp/reload.log" 2>&1 || fail "a key of another certificate is taken: $(cat "$tmp/reload.log")"
cp "$tmp/tls/b.key.pem" "$tmp/tls/live.key.pem"
"$ctl" "$tmp/dns.sock" reload >"$tmp/reload.log" 2>&1 || fail "$(cat "$tmp/reload.log")"
! ask_https +https www.example.org A || fail "the certificate before is still sent"
within "$from" kdig @10.53.0.2 "+tls-ca=$tmp/tls/root.pem" +tls-hostname=x.b.example +https www.example.org A >"$tmp/kdig.log" 2>&1 ||
	fail "kdig: $(cat "$tmp/kdig.log")"

for name in reset continuation settings; do
	within "$from" "$root/tests/net/http2_attack.py" "$name" 10.53.0.2 8053 "/dns-query?dns=$query" >"$tmp/attack" 2>&1 ||
		fail "attack: $(cat "$tmp/attack")"
	expect 192.0.2.80 "$(ask "$from" www.example.org A)" "an answer beside $name"
done

# One that begins more messages than there is room for, and ends none.
start unfinished "$from" python3 -c '
import socket, time
clients = [socket.create_connection(("10.53.0.2", 8053)) for _ in range(300)]
for client in clients:
    client.sendall(b"POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: application/dns-message\r\nContent-Length: 33\r\n\r\n.")
print("begun", flush=True)
time.sleep(60)'
poll 10 grep -q begun "$tmp/unfinished.log" || fail "$(cat "$tmp/unfinished.log")"
expect '1.1 200' "$(get "${post[@]}" http://10.53.0.2:8053/dns-query)" "a query beside unfinished ones"
[ "$(counted dns_https given_up)" -gt 40 ] || fail "$(counted dns_https given_up) unfinished messages made room"
stop unfinished TERM
stop dns
expect 0 "$status" "the exit status"

# Certificates of dns.tls, the OCSP response among them, and clients that have to show their own.
serve dns "$server" --set dns.https.enabled=true --set "dns.https.client_ca=$tmp/tls/root.pem" \
	--set "dns.tls.certificates=[{\"certificate\": \"$tmp/tls/a.chain.pem\", \"key\": \"$tmp/tls/a.key.pem\", \"ocsp\": \"$tmp/tls/a.good.der\"}]"
# s_client NAME: OpenSSL's client with that certificate, which stays for a moment.
s_client() {
	sleep 1 | within "$from" timeout $((20 * scale)) openssl s_client -connect 10.53.0.2:443 -CAfile "$tmp/tls/root.pem" \
		-servername a.example -alpn h2 -status ${1:+-cert "$tmp/tls/$1.pem" -key "$tmp/tls/$1.key.pem" -cert_chain "$tmp/tls/issuer.pem"} \
		>"$tmp/s_client.log" 2>&1
}
s_client client || fail "a client with a certificate: $(cat "$tmp/s_client.log")"
for text in 'OCSP Response Status: successful' 'Cert Status: good' 'ALPN protocol: h2' 'Verify return code: 0'; do
	grep -q "$text" "$tmp/s_client.log" || fail "no \"$text\": $(cat "$tmp/s_client.log")"
done
! s_client stranger || fail "a stranger's certificate is taken"
grep -q 'alert unknown ca' "$tmp/s_client.log" || fail "a stranger is told: $(cat "$tmp/s_client.log")"
! s_client "" || fail "no certificate is taken"
grep -q 'alert certificate required' "$tmp/s_client.log" || fail "a client without one is told: $(cat "$tmp/s_client.log")"
expect '2 200' "$(get --http2 --cert "$tmp/tls/client.chain.pem" --key "$tmp/tls/client.key.pem" "$at?dns=$query")" "a client with a certificate"
expect 2 "$(counted http_tls_failed count reason certificate)" "clients that were refused"
stop dns
expect 0 "$status" "the exit status"
