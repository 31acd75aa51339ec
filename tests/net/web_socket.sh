#!/bin/bash
# The WebSocket of wadi-web with clients that are not ours: two of Python's, Chromium, and bytes that
# break the rules.
. "$(dirname "$0")/lib.sh"
web=$(program wadi-web)
[ -n "$web" ] || skip "$build holds no wadi-web"
python3=/usr/bin/python3 # Debian's, which has the clients
$python3 -c 'import websocket, websockets' 2>/dev/null || skip "python3-websockets and python3-websocket are not installed"

tests/unit/tls/certificates.sh "$tmp/tls" || fail "the certificates cannot be made"
netns "$server" "$client"
veth "$server" w0 "$client" w1
mkdir "$tmp/site"
cat >"$tmp/site/socket.html" <<-END
<p id=out>open</p><script>
const sock = new WebSocket("ws://10.53.0.2/api/echo"), texts = ["hello", "ä€", "x".repeat(100000)]
let n = 0
sock.onopen = () => texts.forEach(text => sock.send(text))
sock.onmessage = message => { if (message.data === texts[n]) out.textContent = "echoed " + ++n; if (n === 3) sock.close() }
sock.onerror = () => { out.textContent = "refused" }
</script>
END
cat >"$tmp/web.json" <<-END
{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
  "control": { "socket": "$tmp/web.sock" },
  "web": { "port": 80, "sites": [ { "directory": "$tmp/site" } ], "api": true,
           "tls": { "enabled": true, "port": 443, "certificates": [ { "certificate": "$tmp/tls/b.chain.pem", "key": "$tmp/tls/b.key.pem" } ] } } }
END
start web "$server" "$web" serve -c "$tmp/web.json"
ready web
within "$client" timeout $((60 * scale)) $python3 tests/net/web_socket.py 10.53.0.2 80 || fail "a client's answers are not as they should be"
expect 426 "$(within "$client" curl -sS -m $((10 * scale)) -o "$tmp/none" -w '%{http_code}' http://10.53.0.2/api/echo)" \
	"an ordinary request"

# Over TLS.
within "$client" timeout $((60 * scale)) $python3 tests/net/web_socket.py 10.53.0.2 443 "$tmp/tls/root.pem" ||
	fail "a client's answers over TLS are not as they should be"

# Chromium: a page of this server's may connect, one of another origin may not.
chromium=$(command -v chromium || true)
if [ -z "$chromium" ]; then
	note "Chromium was not tried: it is not installed"
	exit 0
fi
# shows URL TEXT: whether the page has the text in the end. Virtual time does not wait for a WebSocket, so a
# slow machine may need several looks.
shows() {
	local look
	for look in 1 2 3 4 5 6; do
		within "$client" timeout $((60 * scale)) "$chromium" --headless --no-sandbox --disable-gpu \
			--user-data-dir="$tmp/chromium" --virtual-time-budget=$((look * 8000)) --dump-dom "$1" \
			2>>"$tmp/chromium.log" | has_line "$2" && return
	done
	return 1
}
shows http://10.53.0.2/socket.html '>echoed 3<' || fail "Chromium's messages do not come back"
shows "file://$tmp/site/socket.html" '>refused<' || fail "Chromium connects from another origin"
