#!/bin/bash
# tools/run: what it refuses; and an appliance that lies outside of the tree, served on
# the TAP of its configuration, with the host's addresses there, and gone at the end.
. "$(dirname "$0")/lib.sh"
[ "$build" = build ] || skip "tools/run builds into build/, which is not what is tested"

# refuses STATUS SENTENCE ARGUMENT...
refuses() {
	local wanted=$1 sentence=$2 text status=0
	shift 2
	text=$(tools/run "$@" 2>&1) || status=$?
	expect "$wanted" "$status" "exit status of tools/run $*"
	grep -q "$sentence" <<<"$text" || fail "tools/run $* said '$text' and not '$sentence'"
}
refuses 2 "Usage"
refuses 2 "Usage" mail
refuses 2 "a configuration is missing" "$tmp/my-dns"
refuses 1 "absent cannot be read" "$tmp/my-dns" -c "$tmp/absent"
refuses 1 "there is no executable" "$tmp/my-dns" -c config/dns.json
refuses 1 "names no TAP" dns -c config/dns-xen.json

conf serve tap:mine0 mtu=1400
sed -i 's|10.53.0.2/24|10.54.0.7/24|; s|"gateway4": "10.53.0.1", ||; s|fd53::2/64|fd54::7/64|' "$tmp/serve.json"
cp "$dns" "$tmp/my-dns"
netns "$host"
start run "$host" tools/run "$tmp/my-dns" -c "$tmp/serve.json" --set log.level=debug
poll 60 grep -q 'Ctrl-C ends it' "$tmp/run.log" || fail "tools/run did not become ready"
expect 192.0.2.80 "$(within "$host" dig +short @10.54.0.7 www.example.org)" "answer over IPv4"
expect 192.0.2.80 "$(within "$host" dig +short @fd54::7 www.example.org)" "answer over IPv6"
expect 10.54.0.1/24 "$(ip -n "$host" -4 -brief addr show mine0 | awk '{ print $3 }')" "the host's address"
stop run
expect 0 "$status" "exit status of tools/run"
! ip -n "$host" link show mine0 2>/dev/null || fail "the TAP is still there"

# In a terminal Ctrl-C goes to the script and to the appliance, which the script stops, too.
for _ in 1 2 3 4; do
	within "$host" python3 tests/net/control.py interrupt 'Ctrl-C ends it' tools/run "$tmp/my-dns" -c "$tmp/serve.json" ||
		fail "Ctrl-C does not end tools/run in order"
	[ ! -e "$tmp/serve.sock" ] || fail "Ctrl-C leaves the control socket behind"
	! ip -n "$host" link show mine0 2>/dev/null || fail "Ctrl-C leaves the TAP behind"
done

# The sample site, whose address is printed.
cp -r config/web.json config/site "$tmp"
sed -i "s|/run/wadi/web.sock|$tmp/web.sock|" "$tmp/web.json"
start web "$host" tools/run web -c "$tmp/web.json"
poll 60 grep -q 'open http://10.53.0.2/ in a browser' "$tmp/web.log" || fail "tools/run web did not become ready"
within "$host" curl -sS -m $((20 * scale)) http://10.53.0.2/ | cmp - config/site/index.html || fail "the sample site"
stop web
expect 0 "$status" "exit status of tools/run web"
