#!/bin/bash
# wadi-ctl trace packets and capture, on a TAP: a client's packets by address, by the name it asks
# for and by drop reason; lines, and a file that tshark reads; filters that are refused; a client that
# is killed, and one that is stopped.
. "$(dirname "$0")/lib.sh"
command -v tshark >/dev/null || skip "tshark is not installed"
netns "$host"
conf dns tap:wadi0
serve dns "$host"
host_side "$host" wadi0
poll 5 answers "$host" || answers "$host"
sock=$tmp/dns.sock

# watch NAME WORD...: wadi-ctl in the background, once the appliance watches.
watch() {
	"$ctl" "$sock" "${@:2}" >"$tmp/$1.out" 2>"$tmp/$1.log" &
	pid_of[$1]=$!
	poll 5 grep -q 'packets are watched' "$tmp/$1.log" || fail "$1 is not armed: $(cat "$tmp/$1.log")"
}

# has FILE PATTERN
has() {
	grep -qE -- "$2" "$1" || fail "$(basename "$1") has no line of '$2': $(cat "$1")"
}

# refused PATTERN WORD...
refused() {
	local got=0
	"$ctl" "$sock" "${@:2}" >"$tmp/refused.out" 2>&1 || got=$?
	[ $got -ne 0 ] || fail "${*:2} is taken"
	has "$tmp/refused.out" "$1"
}

# Lines, by address.
watch lines trace packets host 10.53.0.1 port 53 --count 2
expect 192.0.2.80 "$(ask "$host" www.example.org A)" "answer while packets are watched"
wait "${pid_of[lines]}" || fail "trace packets --count ended with an error: $(cat "$tmp/lines.log")"
unset "pid_of[lines]"
has "$tmp/lines.out" 'net0 in 10.53.0.1.[0-9]+ > 10.53.0.2.53: UDP [0-9]+ bytes, DNS [0-9]+ www.example.org. A \[answered; eth ipv4 udp app dns; [0-9]+ cycles; worker 0\]'
has "$tmp/lines.out" 'net0 out 10.53.0.2.53 > 10.53.0.1.[0-9]+: .* NOERROR aa, 1/.*\[sent; [0-9]+ cycles; .*worker 0\]'
has "$tmp/lines.log" '^wadi-ctl: 2 packets; 0 more found no room'

# A file, by name: over UDP, TCP and both families, nothing of other names.
watch file capture "$tmp/name.pcapng" name wild.example.org
refused 'another client captures already: pid [0-9]+' trace packets
for at in 10.53.0.2 fd53::2; do
	expect '"anything"' "$(ask "$host" a.wild.example.org TXT "@$at")" "answer of $at"
	expect '"anything"' "$(ask "$host" B.WILD.example.org TXT "@$at" +tcp)" "answer of $at over TCP"
	ask "$host" www.example.org A "@$at" >/dev/null
done
stop file INT
expect 0 "$status" "exit status of capture"
tshark -r "$tmp/name.pcapng" -T fields -E separator='|' -e frame.packet_flags_direction -e frame.interface_name \
	-e dns.qry.name -e dns.flags.response -e frame.comment >"$tmp/name.fields" 2>"$tmp/tshark.log" ||
	fail "tshark cannot read the file: $(cat "$tmp/tshark.log")"
expect 8 "$(wc -l <"$tmp/name.fields")" "packets in the file"
expect 4 "$(grep -ciE '^(0x)?0*1\|net0\|[ab].wild.example.org\|(0|False)\|(answered|taken); eth ipv[46] (udp|tcp).*; [0-9]+ cycles; worker 0$' "$tmp/name.fields")" \
	"queries in the file: $(cat "$tmp/name.fields")"
expect 4 "$(grep -ciE '^(0x)?0*2\|net0\|[ab].wild.example.org\|(1|True)\|sent; ' "$tmp/name.fields")" \
	"replies in the file: $(cat "$tmp/name.fields")"
expect 600 "$(stat -c %a "$tmp/name.pcapng")" "mode of the file"

# By drop reason: a checksum that is wrong, among queries that are answered.
watch drops capture "$tmp/drops.pcapng" drop udp.cksum
within "$host" python3 - <<'END'
import socket, struct
query = bytes.fromhex("126701000001000000000000") + b"\3www\7example\3org\0" + struct.pack(">HH", 1, 1)
udp = struct.pack(">HHHH", 40000, 53, 8 + len(query), 0x1234) + query
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
raw.sendto(udp, ("10.53.0.2", 0))
END
answers "$host"
poll 5 test "$(drops dns udp.cksum)" = 1 || fail "the wrong checksum was not counted"
stop drops INT
expect 1 "$(tshark -r "$tmp/drops.pcapng" 2>/dev/null | wc -l)" "dropped packets in the file"
expect "1267|dropped: udp.cksum, checksum is wrong; udp" \
	"$(tshark -r "$tmp/drops.pcapng" -T fields -E separator='|' -e dns.id -e frame.comment 2>/dev/null | sed 's/^0x//; s/; [0-9]* cycles.*//')" \
	"the dropped packet"

# Through a pipe, as Wireshark takes it; the reader has enough after some.
"$ctl" "$sock" capture - --count 2 2>"$tmp/pipe.log" >"$tmp/pipe.pcapng" &
pid_of[pipe]=$!
poll 5 grep -q 'packets are watched' "$tmp/pipe.log" || fail "pipe is not armed: $(cat "$tmp/pipe.log")"
refused 'another client captures' trace packets --seconds 5
answers "$host"
wait "${pid_of[pipe]}" || fail "capture - ended with an error"
unset "pid_of[pipe]"
expect 2 "$(tshark -r "$tmp/pipe.pcapng" 2>/dev/null | wc -l)" "packets through a pipe"

# What is refused.
refused "host: '10.53.0' is neither an address nor a prefix" trace packets host 10.53.0
refused "no reason 'udp.cksm'; did you mean udp.cksum?" capture "$tmp/no.pcapng" drop udp.cksm
[ ! -e "$tmp/no.pcapng" ] || fail "a capture that was refused has made a file"
refused "'dst' is no condition; a filter is of host ADDRESS" trace packets dst 10.53.0.1
refused 'capture takes a file to write' capture
refused '/no/such/folder/x.pcapng cannot be written: No such file or directory' capture /no/such/folder/x.pcapng
refused -- '--snap takes a number from 64' trace packets --snap 3

# A client that is killed leaves nothing behind.
watch killed trace packets
kill -KILL "${pid_of[killed]}"
wait "${pid_of[killed]}" 2>/dev/null || true
unset "pid_of[killed]"
poll 5 "$ctl" "$sock" trace packets --seconds 1 || fail "a killed client is still armed: $(cat "$tmp/dns.log")"
has "$tmp/dns.log" "the capture of pid [0-9]+ has ended: [0-9]+ packets, 0 without room"
has "$tmp/dns.log" "\(uid $(id -u), pid [0-9]+\): capture start host 10.53.0.1 port 53"

# JSON, a packet a line; --seconds ends it.
watch json trace packets name www.example.org --json --seconds 2
ask "$host" www.example.org A >/dev/null
wait "${pid_of[json]}" || fail "trace packets --seconds ended with an error"
unset "pid_of[json]"
python3 -c 'import json, sys; print(*(json.loads(line)["verdict"] for line in sys.stdin))' <"$tmp/json.out" >"$tmp/verdicts"
expect "answered sent" "$(cat "$tmp/verdicts")" "verdicts as JSON"

# The appliance ends while it is watched.
watch last trace packets
stop dns
expect 0 "$status" "exit status of the appliance"
status=0
wait "${pid_of[last]}" || status=$?
unset "pid_of[last]"
expect 1 "$status" "exit status of trace packets whose appliance has ended"
has "$tmp/last.log" 'gave no reply'
