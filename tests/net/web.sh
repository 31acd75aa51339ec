#!/bin/bash
# wadi-web with curl: answers, keep-alive, what is refused, and the counters of it.
. "$(dirname "$0")/lib.sh"
web=$(program wadi-web)
[ -n "$web" ] || skip "$build holds no wadi-web"

netns "$server" "$client"
veth "$server" w0 "$client" w1
from=$client

cat >"$tmp/web.json" <<-END
{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64" } ],
  "control": { "socket": "$tmp/web.sock" },
  "web": { "port": 80 } }
END
start web "$server" "$web" serve -c "$tmp/web.json"
ready web

# get PATH [curl's arguments]: content, and the status in the last line.
get() {
	within "$from" curl -sS -m $((10 * scale)) -w '%{http_code}\n' "http://10.53.0.2$1" "${@:2}"
}

# counted TABLE COLUMN: what the statistics say.
counted() {
	"$ctl" "$tmp/web.sock" stats --json | python3 -c "
import json, sys
print(json.load(sys.stdin)['$1'][0]['$2'])"
}

expect '{"hello": "world"}
200' "$(get /hello.json)" "an answer"
expect 404 "$(get /absent -o "$tmp/absent")" "what is not there"
expect 405 "$(get /hello.json -o "$tmp/post" -d x=1)" "a method that is not allowed"
expect 200 "$(get /hello.json -I -o "$tmp/head")" "HEAD"
expect 2 "$(grep -ciE '^(content-length: 19|date: )' "$tmp/head")" "fields of HEAD"
expect 400 "$(get / -o "$tmp/bad" -H 'Transfer-Encoding: chunked' -H 'Content-Length: 3' -d abc)" "two lengths"

# Keep-alive: one connection for five requests.
opened=$(counted http opened)
within "$from" curl -sS -m $((10 * scale)) "http://10.53.0.2/hello.json?[1-5]" >"$tmp/five"
expect 5 "$(grep -c world "$tmp/five")" "answers on one connection"
expect $((opened + 1)) "$(counted http opened)" "connections for five requests"
within "$from" curl -sS -g -m $((10 * scale)) "http://[fd53::2]/hello.json" | grep -q world || fail "IPv6"
stop web
expect 0 "$status" "the exit status"
