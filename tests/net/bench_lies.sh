#!/bin/bash
# wadi-bench against a server that loses, delays, repeats, mixes up and falsifies answers by the name
# that is asked: each kind is counted as what it is, by ports of wadi's own and by sockets.
. "$(dirname "$0")/lib.sh"

bench=$(program wadi-bench)
netns "$server" "$client"
veth "$server" w0 "$client" w1
ip -n "$server" addr add 10.53.0.2/24 dev w0
within "$server" ethtool -K w0 tx off >/dev/null

# The server: what it does with a query is its name's first label.
cat >"$tmp/liar.py" <<'END'
import socket, struct, sys, threading, time

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("10.53.0.2", 53))
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("ready", flush=True)


def reply(query, rcode=0, records=1, address="192.0.2.1"):
    end = 12
    while query[end]:
        end += 1 + query[end]
    end += 5
    record = b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 300, 4) + socket.inet_aton(address)
    return query[:2] + struct.pack("!5H", 0x8000 | rcode, 1, records, 0, 0) + query[12:end] + record * records


def late(query, to):
    time.sleep(float(sys.argv[1]) + 0.2)
    sock.sendto(reply(query), to)


while True:
    query, to = sock.recvfrom(2048)
    label = query[13:13 + query[12]].decode()
    if label == "lost":
        continue
    if label == "late":
        threading.Thread(target=late, args=(query, to), daemon=True).start()
    elif label == "twice":
        for _ in range(2):
            sock.sendto(reply(query), to)
    elif label == "code":
        sock.sendto(reply(query, rcode=2, records=0), to)
    elif label == "records":
        sock.sendto(reply(query, records=2), to)
    elif label == "address":
        sock.sendto(reply(query, address="192.0.2.9"), to)
    elif label == "question":
        sock.sendto(reply(query[:13] + b"Z" + query[14:]), to)
    elif label == "query":  # sent back as it came
        sock.sendto(query, to)
    elif label == "stray":  # another identifier, and the right one
        sock.sendto(bytes([query[0] ^ 255]) + reply(query)[1:], to)
        sock.sendto(reply(query), to)
    elif label == "port":  # from where nobody was asked
        other.sendto(reply(query), to)
    else:
        sock.sendto(reply(query), to)
END
timeout_ms=$((300 * scale))
within "$server" python3 "$tmp/liar.py" "${timeout_ms}e-3" >"$tmp/liar.out" 2>"$tmp/liar.log" &
pid_of[liar]=$!
poll 10 grep -q ready "$tmp/liar.out" || fail "the server did not start"

labels=(right lost late twice code records address question query stray port)
for label in "${labels[@]}"; do
	echo "$label.example A NOERROR 1 192.0.2.1"
done >"$tmp/list"

# ask_bench NAME [option...]: each line ten times at a rate of 110 a second. The result is $tmp/NAME.json.
ask_bench() {
	local name=$1
	shift
	within "$client" "$bench" dns --to 10.53.0.2 --queries "$tmp/list" --rate 110 --duration 1 --warm-up 0 \
		--timeout "$timeout_ms" --json "$@" >"$tmp/$name.json" 2>"$tmp/$name.log" || fail "$name: $(cat "$tmp/$name.log")"
}
# holds NAME EXPRESSION WHAT
holds() {
	python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' \
		"$tmp/$1.json" "$2" || fail "$3 ($1): $(cat "$tmp/$1.json")"
}
# judge NAME: right, twice and stray are answered; code, records and address are not what is wanted; the
# others are lost. A run ends a timeout after its last query, so not all late answers come in it.
judge() {
	holds "$1" 'r["sent"] == 110 and r["unsent"] == 0' "queries"
	holds "$1" 'r["answered"] == 30' "right answers"
	holds "$1" 'r["unexpected"] == 30 and r["rcodes"]["SERVFAIL"] == 10' "unexpected answers"
	holds "$1" 'r["lost"] == 50' "lost queries"
	holds "$1" 'r["duplicate"] == 10' "answers that came twice"
	holds "$1" 'r["wrong"] == 10' "answers to another question"
	holds "$1" 'r["broken"] == 10' "datagrams that are no answers"
	holds "$1" 'r["stray"] == 10' "answers to no query"
	holds "$1" '5 <= r["late"] <= 10' "late answers"
	holds "$1" 'r["example"] == "code.example. A was answered SERVFAIL with 0 records; wanted was NOERROR with 1 record, among them 192.0.2.1"' "the example"
}

ask_bench sockets --device socket
judge sockets

ip -n "$client" addr flush dev w1
ask_bench ports --device af_packet:w1 --from 10.53.0.1/24
judge ports

# In text, too, and a list that demands nonsense is refused with its line.
within "$client" "$bench" dns --to 10.53.0.2 --queries "$tmp/list" --rate 110 --duration 1 --warm-up 0 --timeout "$timeout_ms" \
	--device af_packet:w1 --from 10.53.0.1/24 >"$tmp/text"
grep -q '^for example, code.example. A was answered SERVFAIL' "$tmp/text" || fail "no example: $(cat "$tmp/text")"
printf 'a A\nb A NOERROR 1 192.0.2\n' >"$tmp/bad"
if within "$client" "$bench" dns --to 10.53.0.2 --queries "$tmp/bad" --device af_packet:w1 --from 10.53.0.1/24 >/dev/null 2>"$tmp/bad.log"; then
	fail "a list with a mistake was taken"
fi
grep -q 'line 2: is no address of an A or AAAA record: 192.0.2' "$tmp/bad.log" || fail "the mistake is not named: $(cat "$tmp/bad.log")"
