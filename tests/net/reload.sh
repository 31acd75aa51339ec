#!/bin/bash
# Zones are replaced, added and removed while queries run: none is lost, and a broken
# zone stays what it was. Each command about zones is tried.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0
serve dns "$server"
answers "$client"

serial() {
	ask "$client" example.org SOA | cut -d ' ' -f 3
}
serves() {
	[ "$(serial)" = "$1" ]
}
mkfifo "$tmp/stop"
within "$client" python3 tests/net/queries.py 10.53.0.2 60 <"$tmp/stop" >"$tmp/queries.log" 2>&1 &
pid_of[queries]=$!
exec 3>"$tmp/stop"

for round in 2 3 4 5 6; do
	zone dns.zone $round
	if [ $((round % 2)) -eq 0 ]; then
		kill -HUP "${pid_of[dns]}"
	else
		"$ctl" "$tmp/dns.sock" reload || fail "wadi-ctl reload failed"
	fi
	poll 5 serves $round || fail "serial $round is not served after the reload, but $(serial)"
done


# asked STATUS PATTERN WORD...: what wadi-ctl prints, and how it ends.
asked() {
	local wanted=$1 pattern=$2 got=0
	shift 2
	"$ctl" "$tmp/dns.sock" "$@" >"$tmp/asked.log" 2>&1 || got=$?
	expect "$wanted" $got "exit status of wadi-ctl $*: $(cat "$tmp/asked.log")"
	grep -qE "$pattern" "$tmp/asked.log" || fail "wadi-ctl $* does not say '$pattern': $(cat "$tmp/asked.log")"
}

# other FILE ORIGIN SERIAL: a small zone.
other() {
	cat >"$1" <<-END
	\$TTL 60
	@  SOA ns host $3 2 3 4 5
	@  NS  ns
	@  TXT $2
	ns A   192.0.2.1
	END
}

# What has not changed is not read; one zone by name, or all, are.
sleep 0.1
asked 0 '^loaded +[01]$' reload
sleep 0.1
asked 0 '^unchanged +1$' reload
asked 0 '^example.org. +loaded +6' reload example.org
asked 0 '^loaded +1$' reload --all
asked 1 'none.example. is not one of the zones' reload none.example
asked 1 'too many arguments' reload a b

# A folder comes into the configuration, its zones come and go.
mkdir "$tmp/zones"
for i in 1 2 3; do other "$tmp/zones/$i.example.zone" "text$i" "$i"; done
sed -i "s|\"zones\": \[|&{ \"directory\": \"zones\" }, |" "$tmp/dns.json"
asked 0 '^2.example. +added +2' reload
expect '"text3"' "$(ask "$client" 3.example TXT)" "a zone of the folder"
rm "$tmp/zones/1.example.zone"
other "$tmp/zones/2.example.zone" new 22
asked 0 '^1.example. +removed' reload
expect '"new"' "$(ask "$client" 2.example TXT)" "a zone of the folder that changed"
within "$client" dig @10.53.0.2 1.example TXT | has_line REFUSED || fail "a zone that is gone is served"

# A zone that is not one: wadi-ctl says so, the old zone stays, the others are taken.
cp "$tmp/dns.zone" "$tmp/sound.zone"
echo "www A not-an-address" >>"$tmp/dns.zone"
other "$tmp/zones/2.example.zone" newer 23
asked 1 '^example.org. +kept as it was +6 .*dns.zone:[0-9]+:7: ' reload
grep -q '^2.example. *loaded *23' "$tmp/asked.log" || fail "the sound zone was not taken: $(cat "$tmp/asked.log")"
grep -q '1 of 3 zones have errors' "$tmp/asked.log" || fail "wadi-ctl does not say what failed"
kill -HUP "${pid_of[dns]}"
poll 5 grep -qi 'not-an-address' "$tmp/dns.log" || fail "the log does not tell of the broken zone"
serves 6 || fail "the old zone is not served any more"
expect '"newer"' "$(ask "$client" 2.example TXT)" "the zone beside the broken one"
asked 0 '^example.org. +6 .* older than its file ' zones
asked 0 'not_newer_because +.*dns.zone:[0-9]+:7: ' zone-status example.org

# A configuration with a mistake changes nothing.
cp "$tmp/dns.json" "$tmp/sound.json"
sed -i 's/"directory"/"folder"/' "$tmp/dns.json"
cp "$tmp/sound.zone" "$tmp/dns.zone"
asked 1 'dns.json:[0-9]+: dns.zones\[0\].folder' reload
asked 0 '^example.org. +6 .* older than its file ' zones
cp "$tmp/sound.json" "$tmp/dns.json"
asked 0 '^example.org. +loaded +6' reload

# A reload takes other limits, which then hold for what it reads, and says nothing of a restart.
sed 's/"rate_limit"/"zone_limits": { "records": 2 }, "rate_limit"/' "$tmp/sound.json" >"$tmp/dns.json"
asked 1 '^example.org. +kept as it was +6 .*records' reload --all
! grep -q 'restart to take' "$tmp/asked.log" || fail "limits wait for a restart: $(cat "$tmp/asked.log")"
cp "$tmp/sound.json" "$tmp/dns.json"
asked 0 '^example.org. +loaded +6' reload --all

# By hand.
other "$tmp/hand" hand 7
asked 0 '^hand.example. +added +7' zone-add hand.example "$tmp/hand"
expect '"hand"' "$(ask "$client" hand.example TXT)" "a zone that was added"
asked 1 'hand.example. is already one of the zones' zone-add hand.example "$tmp/hand"
asked 1 'absolute path' zone-add b.example hand
asked 1 'zone-add takes ORIGIN \[image\] FILE \[temporary\]' zone-add b.example
asked 1 'dns.zone.none: the zone file cannot be read' zone-add b.example "$tmp/dns.zone.none"
asked 0 'named_by +zone-add' zone-status hand.example
asked 0 '^unchanged ' reload
expect '"hand"' "$(ask "$client" hand.example TXT)" "a zone that was added, after a reload"
asked 0 '^hand.example. +removed' zone-remove hand.example
asked 1 'hand.example. is not one of the zones' zone-status hand.example
asked 0 '^zone-add ORIGIN \[image\] FILE \[temporary\] +Adds' help

# In a hurry: a zone is written, or broken, again and again beside the queries.
for round in $(seq 1 200); do
	zone dns.zone $((round + 10))
	[ $((round % 5)) -ne 0 ] || echo "www A not-an-address" >>"$tmp/dns.zone"
	"$ctl" "$tmp/dns.sock" reload >"$tmp/asked.log" 2>&1 || [ $((round % 5)) -eq 0 ] ||
		fail "a reload failed: $(cat "$tmp/asked.log")"
done
serves 209 || fail "serial 209 is not served, but $(serial)"

exec 3>&-
queries=${pid_of[queries]}
unset 'pid_of[queries]'
wait "$queries" || fail "queries were lost during reloads: $(cat "$tmp/queries.log")"
note "$(cat "$tmp/queries.log")"
