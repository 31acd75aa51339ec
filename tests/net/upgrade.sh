#!/bin/bash
# An upgrade under load loses no answer: `serve --replace` takes over from the process that
# serves, on each kind of device that can be handed over. What fails before leaves the old
# process serving: a configuration with errors, another number of workers, a device that
# cannot be handed over, a process that goes away after the workers have stopped, or that fails when
# it is to serve.
. "$(dirname "$0")/lib.sh"
command -v dnsperf >/dev/null || skip "dnsperf is missing: tools/deps run test"

netns "$host" "$server" "$client"
veth "$server" w0 "$client" w1
printf 'www.example.org A\nalias.example.org A\nx.wild.example.org TXT\n' >"$tmp/queries"
generation=0

# Packets that the machine's kernel dropped before any device or socket, for all namespaces
# together: its queue is full when the processors are.
backlog_drops() {
	local sum=0 lost
	while read -r _ lost _; do
		sum=$((sum + 16#$lost))
	done </proc/net/softnet_stat
	echo $sum
}

# load NAMESPACE: queries at a moderate rate, in the background, for longer than upgrades take.
load() {
	dropped=$(backlog_drops)
	: >"$tmp/load.log"
	within "$1" stdbuf -oL dnsperf -s 10.53.0.2 -d "$tmp/queries" -l $((6 * scale)) -Q 2000 -q 100 -t $((5 * scale)) >"$tmp/load.log" 2>&1 &
	pid_of[load]=$!
	poll 10 sent || fail "dnsperf does not begin: $(cat "$tmp/load.log")"
}

# no_loss WHAT: each query of the load is answered, to its end. What the kernel's own
# queue dropped is not counted: no process can see it.
no_loss() {
	local lost machine
	alive load || { waited=yes; fail "the load ended $1: the machine is too slow"; }
	wait "${pid_of[load]}" || fail "dnsperf fails $1: $(cat "$tmp/load.log")"
	unset "pid_of[load]"
	grep -q 'Queries completed: *[1-9]' "$tmp/load.log" || fail "dnsperf sent nothing $1: $(cat "$tmp/load.log")"
	lost=$(sed -n 's/.*Queries lost: *\([0-9]*\) .*/\1/p' "$tmp/load.log")
	machine=$(($(backlog_drops) - dropped))
	[ "$machine" = 0 ] || note "$machine packets of all tests were dropped by a kernel without time"
	[ "$lost" -le "$machine" ] || fail "$lost answers were lost $1: $(grep Queries "$tmp/load.log")"
}

sent() {
	grep -qs 'Started at' "$tmp/load.log"
}

ended() {
	! alive "$1"
}

# replace NAMESPACE [option...]: the process of this generation gives way to the next.
replace() {
	local old=dns$generation new=dns$((generation += 1)) pid status=0
	start "$new" "$1" "$dns" serve --replace -c "$tmp/dns.json" "${@:2}"
	poll 20 ended "$old" || fail "the old process does not end: $(tail -n 3 "$tmp/$new.log")"
	pid=${pid_of[$old]}
	unset "pid_of[$old]"
	wait "$pid" || status=$?
	expect 0 $status "exit status of the process that was replaced"
	grep -q "process ${pid_of[$new]} serves now" "$tmp/$old.log" || fail "the old process does not say who serves: $(cat "$tmp/$old.log")"
	expect "${pid_of[$new]}" "$("$ctl" "$tmp/dns.sock" status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])')" \
		"the process at the control socket"
}

# refused NAMESPACE TEXT [option...]: no upgrade; the old process serves on.
refused() {
	local status=0
	within "$1" timeout 20 "$dns" serve --replace -c "$tmp/dns.json" "${@:3}" >"$tmp/refused.log" 2>&1 || status=$?
	expect 1 $status "exit status of an upgrade that is refused: $(cat "$tmp/refused.log")"
	grep -q "$2" "$tmp/refused.log" || fail "the refusal does not say '$2': $(cat "$tmp/refused.log")"
	[ -S "$tmp/dns.sock" ] || fail "the control socket is gone after: $2"
	alive "dns$generation" || fail "the old process ended after: $2"
}

first() {
	start "dns$generation" "$1" "$dns" serve -c "$tmp/dns.json"
	ready dns
}

last() {
	stop "dns$generation"
	expect 0 "$status" "exit status of the last process"
	[ ! -e "$tmp/dns.sock" ] || fail "the control socket outlived the last process"
	! ip -n "$server" -d link show w0 | has_line xdp || fail "the XDP program outlived the last process"
	[ ! -e "$tmp/dns.trace" ] || fail "the trace outlived the last process"
	((generation += 1))
}

traced() {
	sed -i "s|\"control\":|\"trace\": { \"file\": \"$tmp/dns.trace\" }, \"control\":|" "$tmp/dns.json"
}

# vanish DEVICE: a process that goes away after the workers have stopped; they start again.
vanish() {
	python3 "$tmp/vanish.py" "$tmp/dns.sock" "$1" || fail "the handover of $1 is not as docs/control.md says"
	poll 10 grep -q 'serves again' "$tmp/dns$generation.log" || fail "the old process does not serve again: $(cat "$tmp/dns$generation.log")"
}
cat >"$tmp/vanish.py" <<'END'
import array, json, socket, sys
def ask(*words):
    s.sendall(json.dumps({"command": "handover", "words": words}).encode() + b"\n")
    text, fds = b"", array.array("i")
    while not text.endswith(b"\n"):
        part, ancillary, _, _ = s.recvmsg(65536, socket.CMSG_SPACE(1000))
        assert part, "hung up"
        text += part
        for _, _, data in ancillary:
            fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
    return json.loads(text), fds
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
assert "error" in ask("stop")[0], "a stop before an offer"
assert "error" in ask("offer", "7")[0], "an offer of another protocol"
offer, fds = ask("offer", "1")
assert len(fds) == 1 + offer["ports"][0]["descriptors"] and offer["ports"][0]["device"] == sys.argv[2], (offer, fds)
other = socket.socket(socket.AF_UNIX)
other.connect(sys.argv[1])
other.sendall(b'{"command":"handover","words":["offer","1"]}\n')
assert b"error" in other.recv(4096), "two processes take over at once"
assert "error" in ask("done")[0], "done before stop"
stopped, _ = ask("stop")
assert any("10.53.0.1 " in n for n in stopped["neighbours"][0]), stopped
END

# serves_again TIMES: the old process did so more often.
serves_again() {
	[ "$(grep -c 'serves again' "$tmp/dns$generation.log")" -gt "$1" ]
}

# fails NAMESPACE: a process that cannot say that it serves. Until it has said so, what waits in the
# devices is the old one's.
fails() {
	local status=0 before
	before=$(grep -c 'serves again' "$tmp/dns$generation.log")
	start relay "$1" tests/net/handover_relay.py "$tmp/relay.sock" "$tmp/dns.sock"
	poll 5 test -S "$tmp/relay.sock" || fail "no relay: $(cat "$tmp/relay.log")"
	within "$1" timeout 20 "$dns" serve --replace -c "$tmp/dns.json" --set control.socket="$tmp/relay.sock" >"$tmp/fails.log" 2>&1 || status=$?
	expect 1 $status "exit status of a process that cannot serve: $(cat "$tmp/fails.log")"
	poll 10 serves_again "$before" || fail "the old process does not serve again: $(cat "$tmp/dns$generation.log")"
	unset "pid_of[relay]"
	rm "$tmp/relay.sock"
}

# tcp_client NAME: a client in $host with an answered query and an open connection, which waits for
# its end; that is told in $tmp/NAME.log: "closed" or "reset".
tcp_client() {
	start "$1" "$host" python3 "$tmp/tcp_client.py"
	poll 10 grep -q open "$tmp/$1.log" || fail "no answer over TCP: $(cat "$tmp/$1.log")"
}
cat >"$tmp/tcp_client.py" <<'END'
import socket, struct
query = bytes.fromhex("126701000001000000000000") + b"\3www\7example\3org\0" + struct.pack(">HH", 1, 1)
s = socket.create_connection(("10.53.0.2", 53))
s.sendall(struct.pack(">H", len(query)) + query)
size, = struct.unpack(">H", s.recv(2, socket.MSG_WAITALL))
assert len(s.recv(size, socket.MSG_WAITALL)) == size
print("open", flush=True)
try:
    print("closed" if s.recv(1) == b"" else "more", flush=True)
except OSError as error:
    print("reset", error, flush=True)
END
# is_closed NAME WHEN: the server has ended the client's connection in order.
is_closed() {
	poll 10 ended "$1" || fail "the client of a TCP connection is not told of its end $2"
	expect "open closed" "$(paste -sd ' ' "$tmp/$1.log")" "a TCP connection $2"
	unset "pid_of[$1]"
}

# A TAP: the queue itself goes over.
conf dns tap:wadi0
traced
start "dns$generation" "$host" "$dns" serve --replace -c "$tmp/dns.json"
ready dns
grep -q 'there is none to replace' "$tmp/dns0.log" || fail "a start with nothing to replace does not say so"
host_side "$host" wadi0
index=$(ip -n "$host" -o link show wadi0 | cut -d: -f1)
answers "$host"
load "$host"
tcp_client keeps_open
within "$host" dnsperf -m tcp -s 10.53.0.2 -d "$tmp/queries" -l $((4 * scale)) -Q 200 -c 2 -q 2 -t $((2 * scale)) >"$tmp/tcp.log" 2>&1 &
pid_of[tcp_load]=$!
replace "$host"
is_closed keeps_open "in an upgrade"
replace "$host"
no_loss "in two upgrades on a TAP"
# Clients over TCP connect again; at most what they had asked when they heard of the end is lost.
poll 20 ended tcp_load || fail "dnsperf over TCP does not end"
wait "${pid_of[tcp_load]}" || fail "dnsperf fails over TCP: $(cat "$tmp/tcp.log")"
unset "pid_of[tcp_load]"
lost=$(sed -n 's/.*Queries lost: *\([0-9]*\) .*/\1/p' "$tmp/tcp.log")
[ "${lost:-99}" -le 4 ] || fail "$lost queries were lost over TCP in two upgrades: $(cat "$tmp/tcp.log")"
expect "$index" "$(ip -n "$host" -o link show wadi0 | cut -d: -f1)" "the TAP after an upgrade"
answers "$host"
"$ctl" trace "$tmp/dns.trace" | has_line worker0 || fail "the trace file is not that of the new process"

# What fails leaves the old one serving.
load "$host"
refused "$host" 'the running process has 1' --set workers=2
refused "$host" 'dns.no_such' --set dns.no_such=1
vanish tap:wadi0
no_loss "while upgrades failed on a TAP"
answers "$host"
tcp_client at_end
last
is_closed at_end "at the end of the process"
! ip -n "$host" link show wadi0 2>/dev/null || fail "the TAP outlived the last process"

# Packet sockets go over with their rings, a group of them as well; an XDP socket with its memory
# and the program.
for case in "af_packet:w0 1" "af_packet:w0 2" "af_xdp:w0 1"; do
	read -r device workers <<<"$case"
	[[ $("$dns" --help) == *"${device%%:*}:"* ]] || continue
	conf dns "$device" workers="$workers"
	traced
	first "$server"
	answers "$client"
	load "$client"
	replace "$server"
	vanish "$device"
	fails "$server"
	replace "$server"
	no_loss "in two upgrades of $workers workers on $device"
	answers "$client"
	last
done

# A device that cannot be handed over.
conf dns "impair(loss=0%):af_packet:w0"
traced
first "$server"
refused "$server" 'cannot be handed over'
answers "$client"
last
