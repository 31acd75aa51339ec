#!/bin/bash
# wadi-web with curl, wrk and OpenSSL's client: files, what HTTP can ask of them, hosts, the API, what is
# refused; HTTPS with several certificates and resumption; files and certificates that change.
. "$(dirname "$0")/lib.sh"
web=$(program wadi-web)
[ -n "$web" ] || skip "$build holds no wadi-web"

netns "$server" "$client"
veth "$server" w0 "$client" w1
from=$client
tests/unit/tls/certificates.sh "$tmp/tls" || fail "the certificates cannot be made"

mkdir -p "$tmp/site/sub dir" "$tmp/other"
echo '<h1>first</h1>' >"$tmp/site/index.html"
echo '<h1>other</h1>' >"$tmp/other/index.html"
echo 'not here' >"$tmp/site/404.html"
echo 'below' >"$tmp/site/sub dir/index.html"
echo 'secret' >"$tmp/site/.hidden"
ln -s /etc/hostname "$tmp/site/link.txt"
seq 1 20000 >"$tmp/site/numbers.txt"
gzip -k "$tmp/site/numbers.txt"
for suffix in "" .br .zst .gz; do echo "as $suffix" >"$tmp/site/forms.txt$suffix"; done
head -c 300000 /dev/urandom >"$tmp/site/random.bin"
cp "$tmp/tls/a.chain.pem" "$tmp/tls/live.chain.pem"
cp "$tmp/tls/a.key.pem" "$tmp/tls/live.key.pem"

# pair CERTIFICATE KEY: an entry of web.tls.certificates, of files in $tmp/tls.
pair() {
	printf '{"certificate": "%s", "key": "%s"}' "$tmp/tls/$1" "$tmp/tls/$2"
}

cat >"$tmp/web.json" <<-END
{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64" } ],
  "control": { "socket": "$tmp/web.sock" },
  "web": { "sites": [ { "directory": "$tmp/site" }, { "host": "other.example", "directory": "$tmp/other" } ],
           "api": true, "access_log": { "file": "$tmp/access" }, "limits": { "max_content_bytes": 100000000 },
           "tls": { "enabled": true, "certificates": [ $(pair live.chain.pem live.key.pem), $(pair b.chain.pem b.key.pem) ] } } }
END
start web "$server" "$web" serve -c "$tmp/web.json" "${managed[@]}"
ready web
is_managed "$from"
grep -q '"sites":{"sites":' "$tmp/managed.status" || fail "no sites in the status: $(cat "$tmp/managed.status")"

# get PATH [curl's arguments]: content, and the status in the last line; fields are in $tmp/head.
get() {
	within "$from" curl -gsS -m $((20 * scale)) -D "$tmp/head" -w '%{http_code}\n' "http://10.53.0.2$1" "${@:2}"
}

# status WANTED PATH [curl's arguments]
status() {
	expect "$1" "$(get "$2" -o "$tmp/got" "${@:3}")" "status of $2 ${*:3}"
}

# field NAME: its value in the last answer.
field() {
	sed -n "s/\r\$//; s/^$1: //Ip" "$tmp/head"
}

# counted TABLE COLUMN: what the statistics say.
counted() {
	"$ctl" "$tmp/web.sock" stats --json | python3 -c "
import json, sys
print(json.load(sys.stdin)['$1'][0]['$2'])"
}

# Files, directories, and what is not served.
expect $'<h1>first</h1>\n200' "$(get /)" "the index"
expect 'text/html; charset=utf-8' "$(field content-type)" "its type"
expect 1 "$(field date | wc -l)" "Date"
status 301 '/sub%20dir?x=1' && expect '/sub%20dir/?x=1' "$(field location)" "a directory's place"
status 301 '//host/../../sub%20dir' --path-as-is && expect '/sub%20dir/' "$(field location)" "a place of this host"
expect $'below\n200' "$(get '/sub%20dir/')" "a directory"
expect $'not here\n404' "$(get /absent)" "what is not there"
status 404 /.hidden
status 404 /link.txt
status 400 '/..%2f..%2fetc/passwd' --path-as-is
# same FILE WHAT: the last answer's content is that file of the site.
same() {
	cmp -s "$tmp/got" "$tmp/site/$1" || fail "$2 came otherwise"
}
status 200 /random.bin && same random.bin "a file"
status 200 / -I && expect 15 "$(field content-length)" "the length that HEAD gives"
status 204 / -X OPTIONS && expect 'GET, HEAD, OPTIONS' "$(field allow)" "what is allowed"
status 405 / -X DELETE && expect 'GET, HEAD, OPTIONS' "$(field allow)" "what is allowed of a file"
status 405 /api/digest && expect 'POST, PUT, OPTIONS' "$(field allow)" "what is allowed of the API"
status 200 / -H 'Host: other.example:80' && expect '<h1>other</h1>' "$(cat "$tmp/got")" "another host"
status 200 / -H 'Host: unknown.example' && expect '<h1>first</h1>' "$(cat "$tmp/got")" "an unknown host"

# Conditions.
status 200 /numbers.txt
etag=$(field etag) modified=$(field last-modified)
status 304 /numbers.txt -H "If-None-Match: $etag"
status 304 /numbers.txt -H "If-Modified-Since: $modified"
status 412 /numbers.txt -H 'If-Match: "other"'

# Ranges, one and several; the forms that are stored.
status 206 /numbers.txt -r 0-9 && expect "$(head -c 10 "$tmp/site/numbers.txt")" "$(cat "$tmp/got")" "a range"
status 416 /numbers.txt -r 99999999-
status 200 /numbers.txt -r 0-9 -H 'If-Range: "other"'
status 206 /numbers.txt -r 0-9,100000-100009
python3 - "$tmp/head" "$tmp/got" "$tmp/site/numbers.txt" <<'END' || fail "several ranges: $(cat "$tmp/got")"
import email, sys
head = open(sys.argv[1], "rb").read().split(b"\r\n", 1)[1]
got = email.message_from_bytes(head.rstrip() + b"\r\n\r\n" + open(sys.argv[2], "rb").read())
whole = open(sys.argv[3], "rb").read()
parts = [p.get_payload(decode=True) for p in got.get_payload()]
assert parts == [whole[0:10], whole[100000:100010]], parts
assert [p["Content-Range"] for p in got.get_payload()] == [f"bytes {f}-{f + 9}/{len(whole)}" for f in (0, 100000)]
END
status 200 /numbers.txt --compressed && same numbers.txt "gzip"
expect 'gzip Accept-Encoding' "$(field content-encoding) $(field vary)" "a stored form"
for pair in br:.br zstd:.zst gzip:.gz; do
	status 200 /forms.txt -H "Accept-Encoding: ${pair%:*}, identity;q=0.5" && expect "${pair%:*}" "$(field content-encoding)" "a stored form"
	same "forms.txt${pair#*:}" "a stored form"
done
status 200 /forms.txt -H 'Accept-Encoding: gzip;q=0, *;q=0' && expect "" "$(field content-encoding)" "no stored form"

# The API; content that comes in chunks, and after 100 (Continue).
expect '{"hello":"you\u0022","client":"10.53.0.1","tls":false}200' "$(get '/api/hello/you%22')" "hello"
sum=$(sha512sum <"$tmp/site/random.bin" | cut -d' ' -f1)
get /api/digest --data-binary "@$tmp/site/random.bin" | has_line "300000.*$sum" || fail "an upload"
get /api/digest --data-binary "@$tmp/site/random.bin" -H 'Transfer-Encoding: chunked' -H 'Expect: 100-continue' |
	grep -q "300000.*$sum" || fail "an upload in chunks"
status 400 / -H 'Transfer-Encoding: chunked' -H 'Content-Length: 3' -d abc

# Bytes of attackers, and odd ones that are sound.
within "$from" timeout $((120 * scale)) python3 tests/net/web_hostile.py 10.53.0.2 80 >"$tmp/hostile.log" 2>&1 ||
	fail "hostile requests: $(cat "$tmp/hostile.log")"

# Keep-alive: one connection for five requests. IPv6.
opened=$(counted http opened)
expect 5 "$(within "$from" curl -sS -m $((20 * scale)) 'http://10.53.0.2/?[1-5]' | grep -c first)" "answers"
expect $((opened + 1)) "$(counted http opened)" "connections for five requests"
within "$from" curl -gsS -m $((20 * scale)) 'http://[fd53::2]/' | has_line first || fail "IPv6"

# HTTPS, by name; resumption; what is refused.
https() {
	within "$from" curl -sS -m $((20 * scale)) --cacert "$tmp/tls/root.pem" \
		--resolve a.example:443:10.53.0.2 --resolve x.b.example:443:10.53.0.2 "$@"
}
https https://a.example/ https://x.b.example/random.bin -o "$tmp/first" -o "$tmp/second" || fail "HTTPS"
expect '<h1>first</h1>' "$(cat "$tmp/first")" "a file over TLS"
cmp -s "$tmp/second" "$tmp/site/random.bin" || fail "a long file over TLS"
https https://a.example/api/digest --data-binary "@$tmp/site/random.bin" | has_line "$sum" || fail "an upload over TLS"
s_client() {
	within "$from" timeout $((20 * scale)) openssl s_client -connect 10.53.0.2:443 -CAfile "$tmp/tls/root.pem" \
		-servername a.example "$@" </dev/null >"$tmp/s_client.log" 2>&1
}
s_client -tls1_2 -alpn http/1.1 -sess_out "$tmp/session" || fail "TLS 1.2: $(cat "$tmp/s_client.log")"
grep -q 'ALPN protocol: http/1.1' "$tmp/s_client.log" || fail "ALPN: $(cat "$tmp/s_client.log")"
s_client -tls1_2 -sess_in "$tmp/session" || fail "TLS 1.2 again: $(cat "$tmp/s_client.log")"
grep -q '^Reused, TLSv1.2' "$tmp/s_client.log" || fail "resumption"
! s_client -tls1_1 -cipher 'ALL:@SECLEVEL=0' || fail "TLS 1.1 is accepted"
! https --cacert "$tmp/tls/other.pem" https://a.example/ 2>/dev/null || fail "curl accepts another root"

# Sixteen connections at once, for a second each.
for url in http://10.53.0.2/ https://10.53.0.2/; do
	command -v wrk >/dev/null || { note "wrk was not tried: it is not installed"; break; }
	within "$from" wrk -t 1 -c 16 -d 1s "$url" >"$tmp/wrk.log" || fail "wrk: $(cat "$tmp/wrk.log")"
	grep -q ' requests in ' "$tmp/wrk.log" || fail "wrk: $(cat "$tmp/wrk.log")"
	! grep -E 'Socket errors|Non-2xx' "$tmp/wrk.log" || fail "wrk $url: $(cat "$tmp/wrk.log")"
done
lost=$(counted access_log lost) # beyond the queue of the log, which is bounded

# A download in progress while the file changes is not torn; the next one is the new file.
head -c 30000000 /dev/urandom >"$tmp/site/.next" && mv "$tmp/site/.next" "$tmp/site/big.bin"
partial() {
	[ "$(get /big.bin -o /dev/null -r 0-0)" = 206 ]
}
poll 10 partial || fail "a new file is not seen"
before=$(sha512sum <"$tmp/site/big.bin")
within "$from" curl -sS -m $((60 * scale)) --limit-rate 10M http://10.53.0.2/big.bin -o "$tmp/slow" &
slow=$!
poll 10 test -s "$tmp/slow" || fail "a slow download does not begin"
echo new >"$tmp/site/.next" && mv "$tmp/site/.next" "$tmp/site/big.bin"
changed() {
	[ "$(get /big.bin -r 0-2)" = new206 ]
}
poll 10 changed || fail "a changed file is not seen"
wait $slow || fail "a slow download"
expect "$before" "$(sha512sum <"$tmp/slow")" "what was being sent when the file changed"

# Certificates, and an error that changes nothing.
cp "$tmp/tls/b.key.pem" "$tmp/tls/live.key.pem"
! "$ctl" "$tmp/web.sock" reload >"$tmp/reload.log" 2>&1 || fail "a key of another certificate is taken"
grep -q 'live.key.pem: the key is not that of the certificate' "$tmp/reload.log" || fail "$(cat "$tmp/reload.log")"
https https://a.example/ >/dev/null || fail "HTTPS after a reload that failed"
cp "$tmp/tls/b.chain.pem" "$tmp/tls/live.chain.pem"
"$ctl" "$tmp/web.sock" reload >/dev/null || fail "the reload"
! https https://a.example/ >/dev/null 2>&1 || fail "the certificate from before is used"
https https://x.b.example/ >/dev/null || fail "the new certificate"

# What was asked and answered is in the log.
poll 10 grep -qE ' 10.53.0.1 301 0 GET http://10.53.0.2 //host/../../sub%20dir$' "$tmp/access" || fail "the access log: $(cat "$tmp/access")"
grep -qE ' 10.53.0.1 200 30000000 GET http://10.53.0.2 /big.bin$' "$tmp/access" || fail "a long answer in the log: $(cat "$tmp/access")"
grep -qE ' 200 [0-9]+ POST https://a.example /api/digest$' "$tmp/access" || fail "an upload in the log: $(cat "$tmp/access")"
expect "$lost" "$(counted access_log lost)" "requests that were not logged"

"$ctl" "$tmp/web.sock" sites | has_line "$tmp/other" || fail "sites"
stop web
expect 0 "$status" "the exit status"
