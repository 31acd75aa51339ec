#!/bin/bash
# What the configuration decides about who is answered what: rate limits and who is
# exempt from them, cookies, lists of who may ask, names of the server, and their
# change by a reload. Every client is a real one.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
ip -n "$client" addr add 10.53.0.7/24 dev w1
conf dns af_packet:w0
# settings JSON: the section "dns" of the configuration, its zones given.
settings() {
	python3 - "$tmp/dns.json" "$tmp/dns.zone" "$1" <<-'END_OF_PYTHON'
	import json, sys
	path, zone, dns = sys.argv[1:]
	conf = json.load(open(path))
	conf["dns"] = {"zones": [{"origin": "example.org", "file": zone},
	                         {"origin": "closed.org", "file": zone + "2", "allow": ["10.53.0.0/29", "!10.53.0.7"]}],
	               **json.loads(dns)}
	json.dump(conf, open(path, "w"))
	END_OF_PYTHON
}
printf '@ 60 SOA a a 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.1\n' >"$tmp/dns.zone2"
settings '{}'
serve dns "$server"
answers "$client"
reload() {
	settings "$1"
	"$ctl" "$tmp/dns.sock" reload >"$tmp/reload.log" 2>&1 || fail "reload: $(cat "$tmp/reload.log")"
}
query() {
	within "$client" dig @10.53.0.2 +tries=1 +time=2 "$@"
}
# says PATTERN WORD...: dig's reply has a line of the pattern.
says() {
	query "${@:2}" >"$tmp/dig.log" 2>&1 || fail "no reply to ${*:2}"
	grep -qE "$1" "$tmp/dig.log" || fail "no '$1' in the reply to ${*:2}: $(cat "$tmp/dig.log")"
}
silent() {
	query "${@:2}" >"$tmp/dig.log" 2>&1 || fail "no reply to ${*:2}"
	! grep -qE "$1" "$tmp/dig.log" || fail "'$1' in the reply to ${*:2}: $(cat "$tmp/dig.log")"
}

# Names of the server.
says '^version.bind.[[:space:]]+0[[:space:]]+CH[[:space:]]+TXT[[:space:]]+"wadi-dns ' version.bind CH TXT
says "\"$(hostname)\"" hostname.bind CH TXT
silent 'NSID' +nsid www.example.org
reload '{"version": "", "identity": "box 1", "nsid": "ns1"}'
says 'status: REFUSED' version.bind CH TXT
says '"box 1"' id.server CH TXT
says 'NSID: .*\("ns1"\)' +nsid www.example.org

# ANY, and sizes.
says 'ANSWER: 1,' example.org ANY +notcp +ignore
reload '{"any": "all", "udp_size": 600}'
says 'ANSWER: 2,' example.org ANY +notcp +ignore
says 'flags: qr aa tc' big.example.org TXT +notcp +ignore +bufsize=4096
says 'udp: 600' big.example.org TXT +notcp +ignore +bufsize=4096
says 'ANSWER: 20,' big.example.org TXT +bufsize=4096 # which dig asks over TCP then
reload '{"any": "refuse"}'
says 'flags: qr aa tc' example.org ANY +notcp +ignore
says 'ANSWER: 1,' example.org ANY +tcp

# Who may ask.
says 'status: NOERROR' a.closed.org A
says 'status: REFUSED' -b 10.53.0.7 a.closed.org A
says 'EDE: 18 \(Prohibited\)' -b 10.53.0.7 a.closed.org A
says 'EDE: 20 \(Not Authoritative\)' www.elsewhere.test A
says 'status: NOERROR' -b 10.53.0.7 www.example.org A
reload '{"unknown": "drop"}'
within "$client" dig @10.53.0.2 +tries=1 +time=1 www.elsewhere.test A >"$tmp/dig.log" 2>&1 &&
	fail "a query for a zone of others is answered: $(cat "$tmp/dig.log")"
says 'status: NOERROR' www.example.org A
"$ctl" "$tmp/dns.sock" drops | has_line -E '^dns.not_served +1 ' || fail "drops says nothing of zones that are not served"
reload '{}'

# Cookies: dig judges what it gets back; the server takes its own for good.
says 'COOKIE: [0-9a-f]{48} \(good\)' +cookie www.example.org
cookie=$(sed -n 's/.*COOKIE: \([0-9a-f]*\).*/\1/p' "$tmp/dig.log")
says "COOKIE: $cookie \(good\)" +cookie="${cookie}" www.example.org

# flood N SOURCE [WORD...]: N queries as fast as one client asks; replies, and those
# with TC.
flood() {
	python3 - "$1" >"$tmp/flood" <<-'END_OF_PYTHON'
	import sys
	for _ in range(int(sys.argv[1])):
	    print("www.example.org A")
	END_OF_PYTHON
	within "$client" dig @10.53.0.2 -b "$2" +tries=1 +time=1 +ignore "${@:3}" -f "$tmp/flood" >"$tmp/flood.log" 2>&1 || true
	answered=$(grep -c 'status: NOERROR' "$tmp/flood.log" || true)
	cut_short=$(grep -c 'flags: qr aa tc' "$tmp/flood.log" || true)
}
limit='"responses_per_second": 5, "window_s": 3'
reload "{\"rate_limit\": {$limit, \"slip\": 1}, \"cookies\": {\"enabled\": false}}"
flood 60 10.53.0.1
expect 60 "$answered" "replies when each slips"
[ "$cut_short" -ge 40 ] || fail "only $cut_short of 60 replies beyond 5 a second slipped"
# Over TCP an address is not forged.
flood 60 10.53.0.1 +tcp
expect "60 0" "$answered $cut_short" "replies over TCP, and those cut short"
reload "{\"rate_limit\": {$limit, \"slip\": 0}, \"cookies\": {\"enabled\": false}}"
flood 12 10.53.0.1
[ "$answered" -lt 12 ] || fail "all of 12 at once were answered at 5 a second"
"$ctl" "$tmp/dns.sock" drops | has_line 'dns.rate' || fail "drops tells nothing of what was limited"
# Whose address is proved, or exempt, is answered always.
reload "{\"rate_limit\": {$limit, \"slip\": 0, \"exempt\": [\"10.53.0.7\"]}}"
flood 60 10.53.0.7
expect 60 "$answered" "replies to an exempt client"
says 'COOKIE: [0-9a-f]{48} \(good\)' +cookie www.example.org -b 10.53.0.7
cookie=$(sed -n 's/.*COOKIE: \([0-9a-f]*\).*/\1/p' "$tmp/dig.log")
reload "{\"rate_limit\": {$limit, \"slip\": 0}}"
flood 60 10.53.0.7 +cookie="$cookie"
expect 60 "$answered" "replies to a client with a cookie"
reload "{\"rate_limit\": {$limit, \"slip\": 0, \"log_only\": true}, \"cookies\": {\"enabled\": false}}"
flood 60 10.53.0.1
expect 60 "$answered" "replies when limits are only counted"
"$ctl" "$tmp/dns.sock" stats | has_line -E '^responses +[0-9]+ ' || fail "stats tells nothing of what would have been limited"
"$ctl" "$tmp/dns.sock" stats | has_line '^slipped' && fail "stats tells of what slipped, which nothing did"

# Whether there is TCP counts from the next start on; without it nothing sends a client there.
reload '{"tcp": {"enabled": false}, "any": "refuse"}'
says 'ANSWER: 1,' example.org ANY +tcp
stop dns
serve dns "$server"
grep -q 'dns.any: "refuse" is the same as "one"' "$tmp/dns.log" || fail "nothing is said of refuse without TCP"
query www.example.org A +tcp >"$tmp/dig.log" 2>&1 && fail "TCP is served although it is disabled"
says 'status: SERVFAIL' big.example.org TXT +notcp +ignore +bufsize=4096
silent 'flags: .* tc' big.example.org TXT +notcp +ignore +bufsize=4096
says 'EDE: 21 \(Not Supported\)' big.example.org TXT +notcp +ignore +bufsize=4096
says 'ANSWER: 1,' example.org ANY +notcp +ignore
reload "{\"tcp\": {\"enabled\": false}, \"rate_limit\": {$limit, \"slip\": 1}, \"cookies\": {\"enabled\": false}}"
flood 12 10.53.0.1
expect 0 "$cut_short" "replies with TC while there is no TCP"
stop dns
settings '{}'
serve dns "$server"

# A configuration that contradicts itself changes nothing.
settings '{"rate_limit": {"exempt": ["10.53.0.0/24", "!10.53.0.0/24"]}}'
"$ctl" "$tmp/dns.sock" reload >"$tmp/reload.log" 2>&1 && fail "a contradiction was taken"
grep -q 'dns.rate_limit.exempt' "$tmp/reload.log" || fail "the contradiction is not told: $(cat "$tmp/reload.log")"
says 'status: NOERROR' www.example.org A
