#!/bin/bash
# Who asks most: clients, prefixes and names of queries over UDP and TCP at two workers, senders of packets,
# bounds in a table and in JSON, counts that end by themselves, and what cannot be counted.
. "$(dirname "$0")/lib.sh"

# count WORDS...: begins a count that is ended by hand.
count() {
	"$ctl" "$tmp/$server_name.sock" top-talkers on "$@" 600 >/dev/null || fail "top-talkers on $*"
}

# row KEY: "at_least at_most" of the row of a client, prefix or name in $tmp/top.json; "" without one.
row() {
	python3 - "$tmp/top.json" "$1" <<-'END'
	import json, sys
	top = json.load(open(sys.argv[1]))
	for row in top["talkers"]:
	    assert row["at_least"] <= row["at_most"] <= top["counted"], row
	    if row[top["by"]] == sys.argv[2]:
	        print(row["at_least"], row["at_most"])
	END
}

# ends: ends the count; its table is in $tmp/top.json.
ends() {
	"$ctl" "$tmp/$server_name.sock" top-talkers off --json >"$tmp/top.json" || fail "top-talkers off"
}

# asks FROM TIMES NAME [dig option...]
asks() {
	local i list=()
	for ((i = 0; i < $2; i++)); do
		list+=("$3" A)
	done
	within "$host" dig "@$server_at" -b "$1" +tries=2 +time="$scale" "${@:4}" "${list[@]}" >"$tmp/dig.log" ||
		fail "dig from $1: $(cat "$tmp/dig.log")"
}

netns "$host"
server_name=dns
conf dns tap:wadi0 workers=2
serve dns "$host"
host_side "$host" wadi0
ip -n "$host" addr add 10.53.0.77/24 dev wadi0
ip -n "$host" addr add 10.53.0.200/24 dev wadi0
ip -n "$host" addr add fd53::1:77/64 dev wadi0 nodad
answers "$host"

status=0
"$ctl" "$tmp/dns.sock" top-talkers 2>"$tmp/refused" || status=$?
expect "1 1" "$status $(grep -c 'nothing was counted yet' "$tmp/refused")" "a table before a count"

server_at=10.53.0.2
count client
asks 10.53.0.1 30 www.example.org
asks 10.53.0.77 20 WwW.example.org
asks 10.53.0.77 15 nx.example.org +tcp +keepopen
asks 10.53.0.200 3 alias.example.org
server_at=fd53::2
asks fd53::1:77 7 www.example.org
status=0
"$ctl" "$tmp/dns.sock" top-talkers on name 2>"$tmp/refused" || status=$?
expect "1 1" "$status $(grep -c 'it counts by client already, and ends in [56][0-9]* s; .top-talkers off. ends it now' "$tmp/refused")" \
	"a second count"
"$ctl" "$tmp/dns.sock" top-talkers >"$tmp/top.txt"
ends
expect "35 35" "$(row 10.53.0.77)" "queries of the first client"
expect "30 30" "$(row 10.53.0.1)" "queries of the second"
expect "3 3" "$(row 10.53.0.200)" "queries of the third"
expect "7 7" "$(row fd53::1:77)" "queries over IPv6"
python3 - "$tmp/top.json" <<-'END' || fail "the reply: $(cat "$tmp/top.json")"
	import json, sys
	top = json.load(open(sys.argv[1]))
	assert (top["by"], top["of"], top["counting"]) == ("client", "queries", False), top
	assert (top["counted"], top["others_at_most"]) == (75, 0), top
	assert [row["client"] for row in top["talkers"]][:2] == ["10.53.0.77", "10.53.0.1"], top
	assert top["talkers"][0]["share"] == "46.7 %", top
	assert sum(row["bytes_at_least"] for row in top["talkers"]) == top["bytes"], top
END
grep -qE '^by +client$' "$tmp/top.txt" || fail "the table says: $(cat "$tmp/top.txt")"
grep -qE '^10\.53\.0\.77 +35 +35 +46\.7 % +[0-9]+$' "$tmp/top.txt" || fail "the table says: $(cat "$tmp/top.txt")"
# It counts no more.
asks fd53::1:77 5 www.example.org
"$ctl" "$tmp/dns.sock" top-talkers --json >"$tmp/top.json"
expect "7 7" "$(row fd53::1:77)" "queries after the end"

server_at=10.53.0.2
count prefix
asks 10.53.0.1 4 www.example.org
asks 10.53.0.77 6 www.example.org
ends
expect "10 10" "$(row 10.53.0.0/24)" "queries of the prefix"

count name
asks 10.53.0.1 8 www.example.org
asks 10.53.0.1 5 wWw.eXample.org
asks 10.53.0.1 2 'a\.b.example.org' +tcp
ends
expect "13 13" "$(row www.example.org.)" "queries for the name, in capitals or not"
expect "2 2" "$(row 'a\.b.example.org.')" "queries for a name with a dot in a label"

count zone
asks 10.53.0.1 8 www.example.org
asks 10.53.0.1 5 nX.eXample.org +tcp
asks 10.53.0.1 4 www.example.net
ends
expect "13 13" "$(row example.org.)" "queries for names of the zone"
expect "4 4" "$(row none)" "queries for names of no zone"

# Packets, those for nobody among them.
count client packets
within "$host" ping -c 5 -i 0.01 -I 10.53.0.200 10.53.0.2 >/dev/null
within "$host" bash -c 'for i in 1 2 3; do echo x >/dev/udp/10.53.0.2/9999; done' 2>/dev/null || true
ends
expect "5 5" "$(row 10.53.0.200)" "packets of the pinging client"
expect "3 3" "$(row 10.53.0.1)" "packets to a closed port"

# A count of one second, by wadi-ctl alone, while a client asks.
"$ctl" "$tmp/dns.sock" top-talkers --seconds 1 --by client --json >"$tmp/top.json" &
counting=$!
poll 5 "$ctl" "$tmp/dns.sock" top-talkers || fail "there is no count"
asks 10.53.0.200 9 www.example.org
wait $counting || fail "top-talkers --seconds: $(cat "$tmp/top.json")"
expect "9 9" "$(row 10.53.0.200)" "queries within a second"
status=0
"$ctl" "$tmp/dns.sock" top-talkers --by zones 2>"$tmp/refused" || status=$?
expect "1 1" "$status $(grep -c "'zones' is neither client, prefix, name, zone nor packets" "$tmp/refused")" "a count by zones"
grep -q 'root (uid 0, pid [0-9]*): top-talkers on client 1$' "$tmp/dns.log" || fail "the count is not in the log"
stop dns
expect 0 $status "exit status"

# An appliance whose clients have no names counts packets.
start echo "$host" "$echo_server" serve -c config/echo.json --set "control.socket=$tmp/echo.sock"
ready echo
host_side "$host" wadi0
server_name="echo"
status=0
"$ctl" "$tmp/echo.sock" top-talkers --by name 2>"$tmp/refused" || status=$?
expect "1 1" "$status $(grep -c 'this appliance counts by client or prefix' "$tmp/refused")" "names of echo"
count prefix
within "$host" ping -c 4 -i 0.01 10.53.0.2 >/dev/null
"$ctl" "$tmp/echo.sock" top-talkers --json >"$tmp/top.json"
expect "4 4" "$(row 10.53.0.0/24)" "packets of the prefix"
# An end while it counts.
stop echo
expect 0 $status "exit status while it counts"
