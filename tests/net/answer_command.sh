#!/bin/bash
# `wadi-dns answer`: questions from arguments and from a pipe, zones from options and
# from a configuration, what it says to mistakes, and that its replies are those that
# dig gets from the server.
. "$(dirname "$0")/lib.sh"

zone a.zone
questions=$tmp/questions
replies=$tmp/replies

# asked STATUS ARGUMENT...: the replies of questions from standard input.
asked() {
	local wanted=$1 got=0
	shift
	"$dns" answer "$@" >"$replies" 2>"$tmp/errors.log" <"$questions" || got=$?
	expect "$wanted" $got "exit status of answer $*: $(cat "$tmp/errors.log")"
}

# field KEY: of each reply, as JSON.
field() {
	python3 -c "
import json, sys
for line in open('$replies'):
    print(json.dumps(json.loads(line).get('$1'), separators=(',', ':')))"
}

cat >"$questions" <<-'END'
	www.example.org A
	Alias.Example.org. AAAA IN
	x.wild.example.org TXT

	none.example.org TYPE65280
	example.com A
	example.org A CLASS999
END
asked 0 --zone example.org="$tmp/a.zone"
expect '"NOERROR" "NOERROR" "NOERROR" "NXDOMAIN" "REFUSED" "REFUSED"' "$(field rcode | paste -sd ' ')" rcodes
expect '["www.example.org. 300 IN A 192.0.2.80"]' "$(field answer | sed -n 1p)" "an answer"
expect '["Alias.Example.org. 300 IN CNAME www.Example.org."]' "$(field answer | sed -n 2p)" "a CNAME"
expect '["x.wild.example.org. 300 IN TXT \"anything\""]' "$(field answer | sed -n 3p)" "a wildcard's answer"
expect '["example.org. CLASS999 A"]' "$(field question | sed -n 6p)" "a class without a name"
expect null "$(field edns | sort -u)" "EDNS without being asked"

# EDNS, sizes and TCP.
echo "big.example.org TXT" >"$questions"
asked 0 --zone example.org="$tmp/a.zone"
expect '["qr","aa","tc"] []' "$(field flags) $(field answer)" "an answer that does not fit 512 bytes"
asked 0 --zone example.org="$tmp/a.zone" --tcp
expect '["qr","aa"] null' "$(field flags) $(field edns)" "an answer over TCP"
asked 0 --zone example.org="$tmp/a.zone" --do --bufsize 4096 --rd
expect '"do"' "$(field edns | grep -o '"do"')" "the flag DO"
expect '"rd"' "$(field flags | grep -o '"rd"')" "the flag RD"
asked 0 --zone example.org="$tmp/a.zone" --edns
expect '"version":0' "$(field edns | grep -o '"version":0')" "EDNS"

# Mistakes: each is told with its line, the rest is answered.
printf '%s\n' "www.example.org A" "www.example.org" "a..b A" "www.example.org NONE" \
	"www.example.org A XX" "www.example.org A IN more" "ns.example.org A" >"$questions"
asked 1 --zone example.org="$tmp/a.zone"
expect 2 "$(wc -l <"$replies")" "replies beside mistakes"
while read -r line pattern; do
	grep -q "line $line: .*$pattern" "$tmp/errors.log" || fail "line $line: not told as '$pattern': $(cat "$tmp/errors.log")"
done <<-'END'
	2 a type is missing after "www.example.org"
	3 "a..b" is not a domain name
	4 "NONE" is not a record type
	5 "XX" is not a class
	6 unexpected "more"
END

# said STATUS PATTERN ARGUMENT...
said() {
	local wanted=$1 pattern=$2 got=0
	shift 2
	"$dns" answer "$@" >"$tmp/said.log" 2>&1 </dev/null || got=$?
	expect "$wanted" $got "exit status of answer $*"
	grep -q -- "$pattern" "$tmp/said.log" || fail "answer $* does not say '$pattern': $(cat "$tmp/said.log")"
}
a=example.org=$tmp/a.zone
said 0 '"ns.example.org. 300 IN A 10.53.0.2"' --zone "$a" ns.example.org A
said 0 '"question":\["-x.example.org. IN A"\]' --zone "$a" -- -x.example.org A
said 0 '"version.bind. 0 CH TXT \\"seven\\""' --zone "$a" --set dns.version=seven version.bind TXT CH
said 2 'a configuration is needed: -c FILE; the default one, /etc/wadi/dns.json, cannot be read' www.example.org A
said 2 'a type is missing' --zone "$a" www.example.org
said 2 'a question is NAME TYPE' --zone "$a" www.example.org A IN x
said 2 '"NONE" is not a record type' --zone "$a" www.example.org NONE
said 2 'there is no option --frob' --zone "$a" --frob
said 2 'a value is missing after --zone' --zone
said 2 'takes ORIGIN=FILE' --zone example.org
said 2 'is not a domain name' --zone "a..b=$tmp/a.zone"
said 2 'takes a number' --zone "$a" --bufsize 65536
said 1 'workers: is not a known key' --zone "$a" --set workers=1
said 1 'two zones have the origin' --zone "$a" --zone "$a"
said 1 'none.zone: the zone file cannot be read' --zone "example.org=$tmp/none.zone"

# A zone with an error is told as `check` tells it.
zone broken.zone
echo "www A not-an-address" >>"$tmp/broken.zone"
"$dns" check example.org "$tmp/broken.zone" >"$tmp/check.log" && fail "check finds no error"
said 1 "$(grep -m 1 broken.zone "$tmp/check.log" | cut -c 1-60)" --zone example.org="$tmp/broken.zone" www.example.org A

# A configuration, and zones beside it.
conf dns tap:wadi0
said 0 '"www.example.org. 300 IN A 192.0.2.80"' -c "$tmp/dns.json" www.example.org A
sed 's/example.org/example.net/' "$tmp/a.zone" >"$tmp/net.zone"
said 0 '"www.example.org. 300 IN A 192.0.2.80"' -c "$tmp/dns.json" --zone example.net="$tmp/net.zone" www.example.org A
said 0 '"www.example.net. 300 IN A 192.0.2.80"' -c "$tmp/dns.json" --zone example.net="$tmp/net.zone" www.example.net A

# Each reply leaves before the next question comes.
mkfifo "$tmp/in" "$tmp/out"
"$dns" answer --zone "$a" <"$tmp/in" >"$tmp/out" &
exec 8>"$tmp/in" 9<"$tmp/out"
for name in www ns; do
	echo "$name.example.org A" >&8
	read -r -t 10 line <&9 || fail "no reply until the pipe is closed"
	[[ $line = *"\"$name.example.org. IN A\""* ]] || fail "another reply: $line"
done
exec 8>&- 9<&-
wait $! || fail "exit status after the pipe"

# Many questions, each with its reply, in order.
seq 100000 | sed 's/.*/n&.wild.example.org TXT/' >"$questions"
asked 0 --zone "$a"
expect 100000 "$(wc -l <"$replies")" "replies of many"
python3 - "$replies" <<'END' || fail "a reply is out of order"
import json, sys
for i, line in enumerate(open(sys.argv[1]), 1):
    reply = json.loads(line)
    name = f"n{i}.wild.example.org."
    assert reply["question"] == [name + " IN TXT"], line
    assert reply["answer"] == [name + ' 300 IN TXT "anything"'], line
END
"$dns" answer --zone "$a" <"$questions" >/dev/full 2>/dev/null && fail "a full disk goes unnoticed"

# dig gets the same from the server.
netns "$host"
serve dns "$host"
host_side "$host" wadi0
while read -r name type; do
	"$dns" answer --zone "$a" --bufsize 1232 "$name" "$type" >"$replies"
	within "$host" dig @10.53.0.2 "$name" "$type" +noall +answer +authority +additional +nocookie +bufsize=1232 +noignore |
		grep -v '^;' | sed 's/[[:space:]]\+/ /g;/^$/d' | sort >"$tmp/dig"
	python3 - "$replies" <<'END' | sort >"$tmp/ours"
import json, sys
reply = json.load(open(sys.argv[1]))
print("\n".join(reply["answer"] + reply["authority"] + reply["additional"]))
END
	diff "$tmp/dig" "$tmp/ours" || fail "dig gets another answer to $name $type"
done <<'END'
www.example.org A
alias.example.org A
a.wild.example.org TXT
example.org NS
none.example.org A
END
stop dns
