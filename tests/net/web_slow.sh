#!/bin/bash
# wadi-web beside slow clients of each kind (slow heads, slow content, nothing at all, answers that
# are not taken, handshakes of TLS that stop): others are served, memory stays as it was, and each
# kind ends by its time-out. Then many connections at once, and long transfers over a lossy link.
. "$(dirname "$0")/lib.sh"
web=$(program wadi-web)
[ -n "$web" ] || skip "$build holds no wadi-web"
slow=300 many=2000 mega=20
[ "${WADI_LONG:-no}" = no ] || slow=2000 many=10000 mega=1000

netns "$server" "$client"
veth "$server" w0 "$client" w1
from=$client
ulimit -n 20000
tests/unit/tls/certificates.sh "$tmp/tls" a || fail "the certificates cannot be made"
mkdir "$tmp/site"
echo hello >"$tmp/site/index.html"
head -c $((mega * 1000000)) /dev/urandom >"$tmp/site/long.bin"
sum=$(sha512sum <"$tmp/site/long.bin" | cut -d' ' -f1)

# conf DEVICE
web_conf() {
	cat >"$tmp/web.json" <<-END
	{ "ports": [ { "name": "net0", "device": "$1", "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64", "pages": 32768 } ],
	  "tcp_connections": 32768, "control": { "socket": "$tmp/web.sock" },
	  "web": { "sites": [ { "directory": "$tmp/site" } ], "api": true, "max_connections": 20000, "max_per_client": 20000,
	           "limits": { "idle_timeout_s": 60, "head_timeout_s": 4, "body_timeout_s": 4, "send_timeout_s": 4,
	                       "max_content_bytes": 2000000000 },
	           "tls": { "enabled": true,
	                    "certificates": [ { "certificate": "$tmp/tls/a.chain.pem", "key": "$tmp/tls/a.key.pem" } ] } } }
	END
	start web "$server" "$web" serve -c "$tmp/web.json"
	ready web
}
# counted TABLE COLUMN [LABEL VALUE]
counted() {
	"$ctl" "$tmp/web.sock" stats --json | python3 -c "
import json, sys
rows = json.load(sys.stdin)['$1']
print([r['$2'] for r in rows if r.get('${3:-}') == '${4:-}' or not '${3:-}'][0])"
}
memory() {
	awk '/^VmRSS/ { print $2 }' "/proc/${pid_of[web]}/status"
}
served() {
	[ "$(within "$from" curl -sS -m $((10 * scale)) http://10.53.0.2/)" = hello ]
}

web_conf af_packet:w0
served || fail "the first answer"
before=$(memory)
within "$from" python3 tests/net/web_slow.py $slow 10.53.0.2 >"$tmp/slow.log" 2>&1 &
clients=$!
poll 30 grep -q ready "$tmp/slow.log" || fail "the slow clients: $(cat "$tmp/slow.log")"
for _ in 1 2 3 4 5; do served || fail "a client beside slow ones is not served: $("$ctl" "$tmp/web.sock" drops; "$ctl" "$tmp/web.sock" stats)"; done
wait $clients || fail "the slow clients: $(cat "$tmp/slow.log")"
# Of the heads, those beyond the number of buffers lose theirs, also to answers that wait for many readers;
# of uploads, the API takes 64 at a time.
for least in "slow_head $((slow > 300 ? 60 : 200))" "slow_body 60" "slow_reader $((slow / 2))"; do
	[ "$(counted http_refused count reason "${least% *}")" -ge "${least#* }" ] ||
		fail "$least: $("$ctl" "$tmp/web.sock" stats)"
done
[ "$(counted http_tls slow)" -ge $((slow / 2)) ] || fail "handshakes that stop: $("$ctl" "$tmp/web.sock" stats)"
# Buffers, connections and the 128 MiB of pages are allocated at the start, and touched when they are used.
grown=$(($(memory) - before))
[ $grown -lt $((slow > 300 ? 250000 : 100000)) ] || fail "memory grew by $grown KiB"
note "$((4 * slow)) slow clients: memory grew by $grown KiB"
few() {
	[ "$(counted http links)" -le 1 ]
}
poll 30 few || fail "connections stay: $(counted http links)"

within "$from" python3 tests/net/web_slow.py --many $many 10.53.0.2 >"$tmp/many.log" 2>&1 ||
	fail "$many connections: $(cat "$tmp/many.log")"
stop web
expect 0 "$status" "the exit status"

# Both directions through loss, delay and reordering.
web_conf "impair(loss=0.1%,delay=1ms,reorder=1%,seed=7):af_packet:w0"
got=$(within "$from" curl -sS -m $((600 * scale)) http://10.53.0.2/long.bin | sha512sum | cut -d' ' -f1)
expect "$sum" "$got" "a long download"
within "$from" curl -sS -m $((600 * scale)) http://10.53.0.2/api/digest --data-binary "@$tmp/site/long.bin" -H Expect: |
	grep -q "$sum" || fail "a long upload"
got=$(within "$from" curl -sS -m $((600 * scale)) --cacert "$tmp/tls/root.pem" --resolve a.example:443:10.53.0.2 \
	https://a.example/long.bin | sha512sum | cut -d' ' -f1)
expect "$sum" "$got" "a long download over TLS"
stop web
expect 0 "$status" "the exit status"
