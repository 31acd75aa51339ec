#!/bin/bash
# wadi-web over HTTP/2 with real clients: curl, nghttp and h2load with prior knowledge; and with one
# that floods, resets and closes its windows, beside which others are served.
. "$(dirname "$0")/lib.sh"
web=$(program wadi-web)
[ -n "$web" ] || skip "$build holds no wadi-web"

netns "$server" "$client"
veth "$server" w0 "$client" w1
from=$client

tests/unit/tls/certificates.sh "$tmp/tls" a || fail "the certificates cannot be made"
mkdir "$tmp/site"
echo '{"hello": "world"}' >"$tmp/site/hello.json"
head -c 3000000 /dev/urandom >"$tmp/site/random.bin"
cat >"$tmp/web.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64" } ],
	  "control": { "socket": "$tmp/web.sock" },
	  "web": { "sites": [ { "directory": "$tmp/site" } ], "access_log": { "file": "$tmp/access", "sample": 100 },
	           "tls": { "enabled": true, "certificates": [ { "certificate": "$tmp/tls/a.chain.pem", "key": "$tmp/tls/a.key.pem" } ] } } }
END
start web "$server" "$web" serve -c "$tmp/web.json"
ready web
at=http://10.53.0.2/hello.json

# get URL [curl's arguments]: content, and version and status in the last line.
get() {
	within "$from" curl -sS -m $((10 * scale)) -w '%{http_version} %{http_code}\n' "$@"
}

# counted TABLE COLUMN [REASON]: what the statistics say.
counted() {
	"$ctl" "$tmp/web.sock" stats --json | python3 -c "
import json, sys
rows = json.load(sys.stdin)['$1']
print(sum(row['$2'] for row in rows if not '${3:-}' or row.get('reason') == '${3:-}'))"
}

memory_kib() {
	awk '/^VmRSS/ { print $2 }' "/proc/$(pgrep -P "${pid_of[web]}" || echo "${pid_of[web]}")/status"
}

expect '{"hello": "world"}
2 200' "$(get --http2-prior-knowledge "$at")" "an answer over HTTP/2"
expect '1.1 200' "$(get "$at" -o "$tmp/one")" "HTTP/1.1 at the same port"
expect '2 404' "$(get --http2-prior-knowledge -o "$tmp/absent" "${at%/*}/absent")" "what is not there"
expect '2 405' "$(get --http2-prior-knowledge -o "$tmp/post" -d x=1 "$at")" "a method that is not allowed"
expect '2 200' "$(get --http2-prior-knowledge -o "$tmp/head" -I "$at")" "HEAD"
within "$from" curl -sS -g --http2-prior-knowledge -m $((10 * scale)) "http://[fd53::2]/hello.json" | has_line world || fail "IPv6"

expect '2 200' "$(get --http2 --cacert "$tmp/tls/root.pem" --resolve a.example:443:10.53.0.2 -o "$tmp/file" https://a.example/random.bin)" "a file over TLS"
cmp "$tmp/file" "$tmp/site/random.bin" || fail "the file over TLS differs"
expect '2 200' "$(get --http2-prior-knowledge -o "$tmp/file" "${at%/*}/random.bin")" "a file"
cmp "$tmp/file" "$tmp/site/random.bin" || fail "the file differs"
expect '2 206' "$(get --http2-prior-knowledge -r 1000-1999 -o "$tmp/part" "${at%/*}/random.bin")" "a part of it"

within "$from" nghttp -v "$at?1" "$at?2" >"$tmp/nghttp.log" 2>&1 || fail "nghttp: $(cat "$tmp/nghttp.log")"
expect 2 "$(grep -c ":status: 200" "$tmp/nghttp.log")" "answers to nghttp"
grep -q 'SETTINGS_MAX_CONCURRENT_STREAMS(0x03):100' "$tmp/nghttp.log" || fail "settings: $(cat "$tmp/nghttp.log")"

within "$from" h2load -n 20000 -c 20 -m 50 "$at" >"$tmp/h2load.log" 2>&1 || fail "h2load: $(cat "$tmp/h2load.log")"
grep -q '20000 succeeded, 0 failed, 0 errored, 0 timeout' "$tmp/h2load.log" || fail "h2load: $(cat "$tmp/h2load.log")"
within "$from" h2load --h1 -n 2000 -c 20 "$at" >"$tmp/h2load.log" 2>&1 || fail "h2load: $(cat "$tmp/h2load.log")"
grep -q '2000 succeeded, 0 failed' "$tmp/h2load.log" || fail "h2load --h1: $(cat "$tmp/h2load.log")"
# Of the requests every hundredth is in the log, or counted as lost. (Not so of those below that are reset
# before they are answered.)
expect $((($(counted http requests) + 99) / 100)) $(($(counted access_log taken) + $(counted access_log lost))) "requests for the access log"

attack() {
	within "$from" "$root/tests/net/http2_attack.py" "$1" 10.53.0.2 80 "${2:-/hello.json}" "${@:3}"
}
attack hold /hello.json 50 < <(sleep $((60 * scale))) >"$tmp/hold" 2>&1 &
poll 20 grep -q held "$tmp/hold" || fail "hold: $(cat "$tmp/hold")"
before=$(memory_kib)
for name in reset continuation settings ping window empty made_to_reset bomb; do
	for _ in 1 2 3 4 5; do
		attack "$name" >>"$tmp/attacks" 2>&1 || fail "attack: $(cat "$tmp/attacks")"
	done
	expect '2 200' "$(get --http2-prior-knowledge -o "$tmp/beside" "$at")" "a client beside $name"
done
after=$(memory_kib)
[ $((after - before)) -lt 4096 ] || fail "memory grew from $before to $after KiB"
[ "$(counted http2_ended count flood)" -ge 25 ] || fail "floods: $("$ctl" "$tmp/web.sock" stats)"
expect 5 "$(counted http2_ended count continuations)" "floods of CONTINUATION"
written() {
	[ "$(counted access_log written)" = "$(counted access_log taken)" ]
}
poll 10 written || fail "lines are not written"
expect "$(counted access_log written)" "$(wc -l <"$tmp/access")" "lines of the access log"
stop web
expect 0 "$status" "the exit status"
