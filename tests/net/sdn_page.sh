#!/bin/bash
# The page of wadi-sdn in Chromium, with three switches of Open vSwitch in a ring and a host each, of which one is at a
# port with a name that is HTML. Pictures of it are kept in the build's folder net/.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
for tool in chromium chromedriver ovs-vswitchd; do
	command -v $tool >/dev/null || skip "there is no $tool; tools/deps test installs it"
done
hosts=(wadi-h1-$$ wadi-h2-$$ wadi-h3-$$)
netns "$server" "$client" "${hosts[@]}"
hostile='<b>"h2&'

veth "$server" w0 "$client" c0
(umask 077; openssl rand -hex 32 >"$tmp/token")
echo "{}" >"$tmp/intents.json"
cat >"$tmp/sdn.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/sdn.sock" },
	  "sdn": { "topology": true, "intents": { "include": "$tmp/intents.json" }, "api": { "address": "10.53.0.2", "port": 8181, "token_file": "$tmp/token",
	                                      "intents_file": "$tmp/intents.json", "poll_s": 1 } } }
END
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn

# The page without a token, as compressed as it comes, and nothing that is not of it.
headers=$(within "$client" curl -sS -m $((20 * scale)) -D - -o "$tmp/page.html" --compressed http://10.53.0.2:8181/)
grep -qi "^content-security-policy: .*script-src 'self'" <<<"$headers" || fail "no policy of the page: $headers"
grep -qi '^content-encoding: gzip' <<<"$headers" || fail "the page is not compressed: $headers"
! grep -q "built without its page" "$tmp/page.html" || skip "wadi-sdn was built without its page: tools/deps page"
expect 404 "$(within "$client" curl -sS -o "$tmp/absent" -w '%{http_code}' http://10.53.0.2:8181/absent)" "a file that there is not"
within "$client" curl -sS --compressed http://10.53.0.2:8181/licences.txt >"$tmp/licences"
for owner in "The Cytoscape Consortium" "Leon Sorokin"; do
	grep -q "$owner" "$tmp/licences" || fail "no licence of $owner"
done

ovs_start
# Loopback keeps its ::1, which chromedriver binds.
within "$client" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
for pair in 12 23 31; do
	a=${pair:0:1} b=${pair:1}
	ovs_cable "x$a$b" "x$b$a"
done
for i in 1 2 3; do
	next=$((i % 3 + 1)) last=$(((i + 1) % 3 + 1)) edge=h$i
	[ $i != 2 ] || edge=$hostile
	ovs_host "${hosts[i - 1]}" "$edge" "10.9.0.$i/24"
	# Port 1 leads to the host, 2 to the next switch, 3 to the one before.
	vsctl add-br "s$i" -- set bridge "s$i" datapath_type=netdev fail_mode=secure protocols=OpenFlow13 \
		"other-config:datapath-id=000000000000000$i" other-config:disable-in-band=true \
		-- --id=@edge create interface "name=\"${edge//\"/\\\"}\"" ofport_request=1 \
		-- --id=@port create port "name=\"${edge//\"/\\\"}\"" interfaces=@edge -- add bridge "s$i" ports @port \
		-- add-port "s$i" "x$i$next" -- set interface "x$i$next" ofport_request=2 \
		-- add-port "s$i" "x$i$last" -- set interface "x$i$last" ofport_request=3 \
		-- set-controller "s$i" tcp:10.53.0.2:6653 -- set controller "s$i" max_backoff=1000 >/dev/null
done
all_ping() {
	for pair in "1 2" "2 3" "3 1"; do
		within "${hosts[${pair%% *} - 1]}" ping -q -c 1 -W 1 "10.9.0.${pair#* }" || return
	done
}
poll 20 all_ping || fail "the hosts do not reach each other: $("$ctl" "$tmp/sdn.sock" links)"

pictures=$build/net
mkdir -p "$pictures"
within "$client" env HOME="$tmp" python3 tests/net/sdn_page.py http://10.53.0.2:8181 "$tmp/token" "$hostile" "$pictures" >"$tmp/page.out" 2>&1 || {
	[ $? != 75 ] || waited=yes
	fail "the page: $(cat "$tmp/page.out")"
}
note "the page loads $(cat "$tmp/page.out"); pictures: $pictures/sdn_page-*.png"
stop sdn
expect 0 "$status" "the exit status"
