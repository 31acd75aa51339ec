#!/bin/bash
# The query log as others read it: text in a file that is moved away, JSON that is switched on and off, dnstap in a file
# (dnstap-read), dnstap to a collector (fstrm_capture) that goes away and comes back, and
# one that hangs, while queries are answered all the same.
. "$(dirname "$0")/lib.sh"
for command in fstrm_capture dnstap-read; do
	command -v $command >/dev/null || skip "$command is missing: tools/deps run test"
done

# logging NAME KEY=JSON...: the configuration NAME with dns.query_log of these keys.
logging() {
	local keys="" pair
	for pair in "${@:2}"; do
		keys+="${keys:+, }\"${pair%%=*}\": ${pair#*=}"
	done
	conf "$1" tap:wadi0
	sed -i "s|\"dns\": {|\"dns\": { \"query_log\": { $keys },|" "$tmp/$1.json"
}

# counted KEY: of stats.
counted() {
	"$ctl" "$tmp/dns.sock" stats --json | python3 -c "
import json, sys
print(json.load(sys.stdin)['query_log'][0]['query_log_$1'])"
}

# settled N: N queries were written or lost.
# shellcheck disable=SC2317 # poll calls it
settled() {
	[ $(($(counted written) + $(counted lost))) -eq "$1" ]
}

netns "$host"

# Text, to a file that is moved away.
logging dns 'format="text"' 'file="queries.log"'
serve dns "$host"
host_side "$host" wadi0
ask "$host" www.example.org A +nordflag +noedns +norecurse >/dev/null
within "$host" dig @fd53::2 nx.example.org AAAA +dnssec +nocookie +norecurse +tries=2 +time=1 >/dev/null
poll 5 settled 2 || fail "the queries were not written: $(cat "$tmp/queries.log")"
grep -qE '^20[0-9-]{8}T[0-9:]{8}\.[0-9]{3}Z udp 10\.53\.0\.1#[0-9]+ www\.example\.org IN A - NOERROR [0-9]+ aa 10\.53\.0\.2#53 w0 none -$' "$tmp/queries.log" ||
	fail "the line over IPv4: $(cat "$tmp/queries.log")"
grep -qE ' udp fd53::1#[0-9]+ nx\.example\.org IN AAAA -E\(0\)D NXDOMAIN [0-9]+ aa fd53::2#53 w0 none -$' "$tmp/queries.log" ||
	fail "the line over IPv6: $(cat "$tmp/queries.log")"
mv "$tmp/queries.log" "$tmp/queries.old"
"$ctl" "$tmp/dns.sock" reload >/dev/null
poll 5 test -e "$tmp/queries.log" || fail "the file was not opened again"
ask "$host" after.example.org A >/dev/null
poll 5 grep -q after.example.org "$tmp/queries.log" || fail "the new file stays empty"
grep -q after.example.org "$tmp/queries.old" && fail "the old file is still written to"
# Also where the configuration has an error.
mv "$tmp/queries.log" "$tmp/queries.old"
cp "$tmp/dns.json" "$tmp/dns.sound"
echo broken >>"$tmp/dns.json"
"$ctl" "$tmp/dns.sock" reload >/dev/null 2>&1 && fail "a broken configuration was taken"
poll 5 test -e "$tmp/queries.log" || fail "the file was not opened again beside a broken configuration"
mv "$tmp/queries.log" "$tmp/queries.old"
"$ctl" "$tmp/dns.sock" log-reopen || fail "log-reopen"
poll 5 test -e "$tmp/queries.log" || fail "log-reopen did not open the file again"
cp "$tmp/dns.sound" "$tmp/dns.json"
"$ctl" "$tmp/dns.sock" health | has_line '^dns.query_log  *ok ' || fail "health does not say that the log is written"
stop dns
expect 0 $status "exit status"

# JSON, switched on when it is needed: cookies, Client Subnet, flags, two addresses of the server, transports.
# logs NAME KEY=VALUE...: the query for the name was logged with these members, as Python writes them.
logs() {
	poll 5 grep -q "\"name\":\"$1\"" "$tmp/queries.json" || fail "$1 is not in the log: $(cat "$tmp/queries.json")"
	python3 - "$tmp/queries.json" "$@" <<-'END' || fail "the object of $1: $(grep "$1" "$tmp/queries.json")"
	import json, sys
	objects = [json.loads(line) for line in open(sys.argv[1])]
	one, = [o for o in objects if o.get("name") == sys.argv[2]]
	for pair in sys.argv[3:]:
	    key, value = pair.split("=", 1)
	    assert one.get(key) == eval(value), (key, one.get(key), value)
	END
}
logging dns 'format="json"' 'file="queries.json"' enabled=false
sed -i 's|"ipv4": "10.53.0.2/24"|"ipv4": [ "10.53.0.2/24", "10.53.0.53/24" ]|' "$tmp/dns.json"
serve dns "$host"
host_side "$host" wadi0
ask "$host" quiet.wild.example.org TXT >/dev/null
expect "off 1" "$("$ctl" "$tmp/dns.sock" query-log --json | python3 -c '
import json, sys
reply = json.load(sys.stdin)
print(reply["query_log"], reply["sample"])')" "the state of the log"
"$ctl" "$tmp/dns.sock" health | has_line '^dns.query_log  *ok  *it is switched off' || fail "health of a log that is off"
"$ctl" "$tmp/dns.sock" query-log on >/dev/null
within "$host" dig @10.53.0.53 a.wild.example.org TXT +nocookie +noedns +time="$scale" >/dev/null
logs a.wild.example.org 'server="10.53.0.53"' server_port=53 'client="10.53.0.1"' 'transport="udp"' worker=0 'type="TXT"' rd=True \
	edns=None ecs=None 'cookie="none"' 'rcode="NOERROR"' 'flags=["aa"]'
cookie=$(within "$host" dig @10.53.0.2 b.wild.example.org TXT +cookie=0102030405060708 +subnet=198.51.100.0/24 +dnssec +time="$scale" |
	sed -n 's/^; COOKIE: \([0-9a-f]*\).*/\1/p')
logs b.wild.example.org 'server="10.53.0.2"' 'ecs="198.51.100.0/24"' 'cookie="client"' edns=0 do=True
ask "$host" c.wild.example.org TXT "+cookie=$cookie" +subnet=2001:db8::/32 >/dev/null
logs c.wild.example.org 'cookie="good"' 'ecs="2001:db8::/32"'
ask "$host" big.example.org TXT +noedns +ignore +nocookie >/dev/null
logs big.example.org 'flags=["aa", "tc"]'
within "$host" dig @fd53::2 d.wild.example.org TXT +tcp +cdflag +time="$scale" >/dev/null
logs d.wild.example.org 'server="fd53::2"' 'client="fd53::1"' 'transport="tcp"' cd=True
# A name that needs escapes, of the zone's text form and of JSON's.
within "$host" dig @10.53.0.2 'e\"\\<.wild.example.org' TXT +time="$scale" >/dev/null
# shellcheck disable=SC2317 # poll calls it
has_escapes() {
	python3 - "$tmp/queries.json" <<-'END'
	import json, sys
	assert 'e\\"\\\\<.wild.example.org' in [json.loads(line).get("name") for line in open(sys.argv[1])]
	END
}
poll 5 has_escapes || fail "a name that needs escapes: $(tail -n 1 "$tmp/queries.json")"
"$ctl" "$tmp/dns.sock" query-log off >/dev/null
ask "$host" quiet.wild.example.org TXT >/dev/null
"$ctl" "$tmp/dns.sock" query-log on sample 3 >/dev/null
before=$(counted taken)
for i in 1 2 3 4 5 6; do
	ask "$host" "s$i.wild.example.org" TXT >/dev/null
done
expect 2 $(($(counted taken) - before)) "queries taken of 6, one of 3"
# A reload keeps what was set, and takes what has changed.
sed -i 's|"enabled": false,||; s|"format"|"sample": 1, "format"|' "$tmp/dns.json"
"$ctl" "$tmp/dns.sock" reload >"$tmp/reload.txt" || fail "the reload"
grep -q 'dns.query_log.*restart' "$tmp/reload.txt" && fail "the reload says: $(cat "$tmp/reload.txt")"
"$ctl" "$tmp/dns.sock" query-log >"$tmp/state.txt"
expect "on,3," "$(sed 's/.* //' "$tmp/state.txt" | tr '\n' ',')" "the state after a reload"
sed -i 's|"sample": 1|"sample": 2|' "$tmp/dns.json"
"$ctl" "$tmp/dns.sock" reload >/dev/null
"$ctl" "$tmp/dns.sock" query-log | has_line -E '^sample +2$' || fail "a reload did not take the sample"
# What changes it is logged, a look is not.
grep -q ': query-log on sample 3$' "$tmp/dns.log" || fail "the change is not in the log: $(cat "$tmp/dns.log")"
grep -q ': query-log$' "$tmp/dns.log" && fail "a look at the state is in the log"
grep -q '"name":"quiet' "$tmp/queries.json" && fail "a query was logged while the log was off"
status=0
"$ctl" "$tmp/dns.sock" query-log sample 0 2>"$tmp/refused" || status=$?
expect "1 1" "$status $(grep -c 'query-log takes on or off, and sample N, where N is 1 to 4294967295' "$tmp/refused")" "sample 0"
stop dns
expect 0 $status "exit status"

# Health has a warning while it cannot be written to.
logging dns 'format="text"' 'file="/dev/full"'
serve dns "$host"
host_side "$host" wadi0
ask "$host" www.example.org A >/dev/null
# shellcheck disable=SC2317 # poll calls it
warned() {
	"$ctl" "$tmp/dns.sock" health | has_line '^dns.query_log  *warning  */dev/full cannot be written to'
}
poll 5 warned || fail "health says nothing of a log that cannot be written to"
status=0
"$ctl" "$tmp/dns.sock" health --strict >/dev/null || status=$?
expect 1 $status "exit status of health --strict beside a full disk"
stop dns

# A disk that is full: told once, queries answered and counted, no line cut, and resumed when
# there is room again.
mkdir "$tmp/small"
mount -t tmpfs -o size=16k none "$tmp/small"
logging dns 'format="text"' 'file="small/queries.log"'
serve dns "$host"
host_side "$host" wadi0
head -c 14000 /dev/zero >"$tmp/small/other"
for i in $(seq 1 60); do
	expect 192.0.2.80 "$(ask "$host" www.example.org A)" "an answer beside a full disk"
done
poll 10 settled 60 || fail "$(counted written) and $(counted lost) of 60 queries were written and lost"
[ "$(counted lost)" -gt 0 ] || fail "nothing was lost on a full disk"
expect "$(counted written)" "$(wc -l <"$tmp/small/queries.log")" "lines on the full disk"
expect 1 "$(grep -c "the query log cannot be written to .*queries.log: No space left on device" "$tmp/dns.log")" "complaints"
expect 0 "$(grep -c "is written to .* again" "$tmp/dns.log")" "words of a recovery that was none"
rm "$tmp/small/other"
before=$(counted written)
ask "$host" again.example.org A >/dev/null
poll 10 settled 61 || fail "the query log does not resume"
expect $((before + 1)) "$(grep -c ' udp 10.53.0.1#' "$tmp/small/queries.log")" "whole lines afterwards"
expect 1 "$(grep -c "the query log is written to .* again" "$tmp/dns.log")" "words of the recovery"
stop dns

# One of three; a dnstap file, twice.
logging dns 'format="dnstap"' 'file="queries.tap"' sample=3
for round in 1 2; do
	serve dns "$host"
	host_side "$host" wadi0
	for i in 1 2 3 4 5 6; do
		ask "$host" "n$i.wild.example.org" TXT >/dev/null
	done
	ask "$host" n7.wild.example.org TXT +tcp >/dev/null
	expect 3 "$(counted taken)" "queries taken of 7, one of 3"
	stop dns
	dnstap-read -y "$tmp/queries.tap" >"$tmp/tap.yaml"
	expect "3 3" "$(grep -c 'type: AUTH_QUERY' "$tmp/tap.yaml") $(grep -c 'type: AUTH_RESPONSE' "$tmp/tap.yaml")" "frames in round $round"
done
[ -s "$tmp/queries.tap.1" ] || fail "the first dnstap file was not kept"
for wanted in 'version: wadi-dns' 'socket_family: INET' 'socket_protocol: UDP' 'query_address: "10.53.0.1"' \
	'response_address: "10.53.0.2"' 'response_port: 53' 'status: NOERROR' 'n4.wild.example.org. IN TXT'; do
	grep -qi -- "$wanted" "$tmp/tap.yaml" || fail "dnstap-read does not see '$wanted': $(head -n 40 "$tmp/tap.yaml")"
done
# The seventh was asked over TCP: both of its frames say so, with the ports of the connection.
expect 4,2 "$(grep -c 'socket_protocol: UDP' "$tmp/tap.yaml"),$(grep -c 'socket_protocol: TCP' "$tmp/tap.yaml")" \
	"dnstap's frames over UDP and over TCP"
python3 - "$tmp/tap.yaml" <<-'END' || fail "dnstap tells something else of a query over TCP: $(cat "$tmp/tap.yaml")"
	import re, sys
	frames = open(sys.argv[1]).read().split("\n---\n")
	over_tcp = [frame for frame in frames if "socket_protocol: TCP" in frame]
	assert len(over_tcp) == 2, len(over_tcp)
	for frame in over_tcp:
	    assert "n7.wild.example.org. IN TXT" in frame.replace("\t", " "), frame
	    assert 'query_address: "10.53.0.1"' in frame and "response_port: 53" in frame, frame
	    assert int(re.search("query_port: ([0-9]+)", frame)[1]) >= 1024, frame
END
grep -q 'n[2356]\.wild' "$tmp/tap.yaml" && fail "queries were logged out of turn"

# A collector.
collect() {
	start collector "$host" fstrm_capture -t protobuf:dnstap.Dnstap -u "$tmp/tap.sock" -w "$tmp/$1.tap"
	poll 5 test -S "$tmp/tap.sock" || fail "fstrm_capture does not listen"
}
names() {
	dnstap-read "$tmp/$1.tap" | grep -c " $2 .*/IN/A" || true
}
logging dns 'format="dnstap"' 'socket="tap.sock"' queue=16
serve dns "$host" # before its collector
host_side "$host" wadi0
ask "$host" www.example.org A >/dev/null
collect first
ask "$host" ns.example.org A >/dev/null
poll 10 settled 2 || fail "the collector that came later got nothing"
stop collector
expect "2 2" "$(names first AQ) $(names first AR)" "frames of the first collector"

# Without it queries wait, and then are counted.
rm -f "$tmp/tap.sock"
for i in $(seq 1 30); do
	expect 192.0.2.80 "$(ask "$host" www.example.org A)" "an answer without a collector"
done
[ "$(counted lost)" -ge 14 ] || fail "$(counted lost) queries were lost for want of a collector"
collect second
poll 10 settled 32 || fail "what waited was not written: $(counted written) and $(counted lost) of 32"
lost=$(counted lost)
stop collector
expect $((30 - lost)) "$(names second AQ)" "frames of the second collector beside $lost lost"
grep -q "the query log cannot be written to .*tap.sock: .*; retrying every second" "$tmp/dns.log" ||
	fail "nobody was told that the collector is away"
grep -q "the query log is written to .*tap.sock again" "$tmp/dns.log" || fail "nobody was told that it is back"

# One that takes the connection and then does nothing.
rm -f "$tmp/tap.sock"
start hanging "$host" python3 -c "
import socket, time
s = socket.socket(socket.AF_UNIX); s.bind('$tmp/tap.sock'); s.listen(1); time.sleep(600)"
poll 5 test -S "$tmp/tap.sock" || fail "the collector that hangs does not listen"
for i in $(seq 1 40); do
	expect 192.0.2.80 "$(ask "$host" www.example.org A)" "an answer beside a collector that hangs"
done
[ "$(counted lost)" -ge $((lost + 24)) ] || fail "only $(($(counted lost) - lost)) of 40 queries found no room in a queue of 16"
begun=$SECONDS
stop dns
expect 0 $status "exit status beside a collector that hangs"
note "stopped within $((SECONDS - begun)) s beside a collector that hangs"
stop hanging KILL

# What cannot be is told before anything is opened.
logging dns 'format="text"' 'socket="tap.sock"'
"$dns" check -c "$tmp/dns.json" >"$tmp/check.log" 2>&1 && fail "text to a collector is no error"
grep -q "dns.query_log.socket: a collector needs the format dnstap" "$tmp/check.log" || fail "check says: $(cat "$tmp/check.log")"
logging dns 'file="no/such/folder"'
"$dns" serve -c "$tmp/dns.json" >"$tmp/serve.log" 2>&1 && fail "a file that cannot be opened is no error"
grep -q "dns.query_log.file: .*no/such/folder cannot be written to: No such file or directory" "$tmp/serve.log" ||
	fail "serve says: $(cat "$tmp/serve.log")"
exit 0
