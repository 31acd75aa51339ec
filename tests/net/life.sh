#!/bin/bash
# The life of a process as its supervisor sees it: what it says by sd_notify's protocol, its
# lame-duck time at the stop, a worker that stands still, and a fatal signal, after which the
# next start finds nothing in its way.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0
sed -i 's|"control":|"lame_duck_ms": 60000, "control":|' "$tmp/dns.json"

# What arrives at the socket in place of systemd's, a line each.
cat >"$tmp/manager.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode(), flush=True)
END
python3 "$tmp/manager.py" "$tmp/notify.sock" >"$tmp/manager.out" &
pid_of[manager]=$!
poll 10 test -S "$tmp/notify.sock" || fail "there is no manager"

heard() {
	grep -q "$1" "$tmp/manager.out"
}
# hears TEXT: the manager hears of it before long.
hears() {
	poll 10 heard "$1" || fail "the manager does not hear $1: $(cat "$tmp/manager.out")"
}
count() {
	grep -c "$1" "$tmp/manager.out" || true
}
begin() {
	: >"$tmp/dns.log"
	NOTIFY_SOCKET=$tmp/notify.sock WATCHDOG_USEC=1000000 serve dns "$server" "${managed[@]}"
}
logged() {
	grep -q "$1" "$tmp/dns.log"
}
# at STATUS PATH: the management endpoint answers with that.
at() {
	[ "$(within "$client" curl -s -m $((5 * scale)) -o /dev/null -w '%{http_code}' -u any:token-of-the-tests "http://10.53.0.2:9100/$2")" = "$1" ]
}

begin
hears READY=1
hears "MAINPID=$(pgrep -f "$dns serve -c $tmp/dns.json" | head -n 1)"
"$ctl" "$tmp/dns.sock" reload >/dev/null
hears RELOADING=1
ready_twice() {
	[ "$(count '^READY=1')" = 2 ]
}
poll 10 ready_twice || fail "it was ready $(count '^READY=1') times, not twice"
hears WATCHDOG=1
poll 10 at 200 readyz || fail "it is not ready"

# One thread stands still: that of the worker, held by a tracer.
cat >"$tmp/hold.py" <<'END'
import ctypes, os, sys, time
pid, libc = int(sys.argv[1]), ctypes.CDLL(None, use_errno=True)
tid = next(int(t) for t in os.listdir(f"/proc/{pid}/task") if open(f"/proc/{pid}/task/{t}/comm").read().strip() == "worker0")
for request in (0x4206, 0x4207):  # PTRACE_SEIZE, PTRACE_INTERRUPT
    assert libc.ptrace(ctypes.c_long(request), ctypes.c_long(tid), None, None) == 0, ctypes.get_errno()
os.waitpid(tid, 0x40000000)  # __WALL
print("held", flush=True)
sys.stdin.read()
END
pid=$(pgrep -f "$dns serve -c $tmp/dns.json" | head -n 1)
mkfifo "$tmp/hold"
python3 "$tmp/hold.py" "$pid" <"$tmp/hold" >"$tmp/held" &
pid_of[hold]=$!
exec 9>"$tmp/hold"
poll 10 grep -q held "$tmp/held" || fail "the worker's thread cannot be held"
poll 20 logged 'worker 0 (CPU .*) has taken no turn for .* ms, in stage [a-z]*; its thread is stopped' ||
	fail "a worker that stands still is not named: $(tail -n 3 "$tmp/dns.log")"
fed=$(count WATCHDOG=1)
expect failed "$("$ctl" "$tmp/dns.sock" health --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["state"])')" "health while a worker stands still"
{ "$ctl" "$tmp/dns.sock" health || true; } | has_line '^workers *failed .*: 0 (' || fail "health does not name the worker"
# As docs/operating.md says: with one worker there is none left to answer at the endpoint.
status=0
within "$client" curl -s -m 1 -o /dev/null http://10.53.0.2:9100/healthz || status=$?
expect 28 $status "exit status of curl (a time-out) at the only worker, which stands still"
expect "$fed" "$(count WATCHDOG=1)" "how often the watchdog was fed, while a worker stood still"
exec 9>&-
poll 20 logged 'worker 0 takes turns again' || fail "a worker that goes on is not named: $(tail -n 3 "$tmp/dns.log")"
fed_again() {
	[ "$(count WATCHDOG=1)" -gt "$fed" ]
}
poll 20 fed_again || fail "the watchdog is not fed again"
wait "${pid_of[hold]}" || true
unset "pid_of[hold]"

# A lame duck answers, and is not ready; the second signal ends its time.
kill -TERM "$pid"
poll 10 at 503 readyz || fail "a lame duck is ready"
at 200 healthz || fail "a lame duck is not alive"
answers "$client"
alive dns || fail "a lame duck ended at once"
hears STOPPING=1
{ "$ctl" "$tmp/dns.sock" health || true; } | has_line lame_duck_ms || fail "health does not say why it is not ready"
stop dns
expect 0 "$status" "exit status after two signals"
logged 'serving for another 60000 ms' || fail "the log does not speak of the time: $(cat "$tmp/dns.log")"
[ ! -e "$tmp/dns.sock" ] || fail "the control socket is left behind"

# A fatal signal in a worker: where, with what, and the next start. Sanitizers report themselves.
if strings "$dns" | has_line __asan_init; then
	exit 0
fi
tap=$tmp/tap.json
sed 's|af_packet:w0|tap:wadi0|; s|"lame_duck_ms": 60000,||' "$tmp/dns.json" >"$tap"
cp "$tap" "$tmp/dns.json"
for _ in 1 2; do
	begin
	host_side "$server" wadi0
	expect 192.0.2.80 "$(ask "$server" www.example.org A)" "answer before a fatal signal"
	pid=$(pgrep -f "$dns serve -c $tmp/dns.json" | head -n 1)
	python3 -c "
import ctypes, os
pid = $pid
tid = next(int(t) for t in os.listdir(f'/proc/{pid}/task') if open(f'/proc/{pid}/task/{t}/comm').read().strip() == 'worker0')
assert ctypes.CDLL(None).syscall(ctypes.c_long(234), ctypes.c_long(pid), ctypes.c_long(tid), ctypes.c_long(11)) == 0"
	status=0
	wait "${pid_of[dns]}" || status=$?
	unset "pid_of[dns]"
	expect 139 $status "exit status after SIGSEGV"
	logged 'fatal: SIGSEGV sent by process .*, worker0, in stage ' || fail "the signal is not reported: $(cat "$tmp/dns.log")"
	logged 'fatal: trace: time ' || fail "the trace is not reported: $(cat "$tmp/dns.log")"
	mapfile -t code < <(sed -n 's/.*fatal: code, .*wadi-dns: //p' "$tmp/dns.log" | tr ' ' '\n' | grep '^0x')
	addr2line -f -e "$dns" "${code[@]}" >"$tmp/functions"
	grep -q '^pipeline_' "$tmp/functions" || fail "no address is one of the worker's loop: ${code[*]} are $(cat "$tmp/functions")"
	! ip -n "$server" link show wadi0 2>/dev/null || fail "the TAP outlived the process"
done

# A fault of the worker's own, in the midst of a burst of five packets: the report marks the one that it
# was handling.
if [ "$(uname -m)" = x86_64 ]; then
	begin
	host_side "$server" wadi0
	expect 192.0.2.80 "$(ask "$server" www.example.org A)" "answer before a fault"
	pid=$(pgrep -f "$dns serve -c $tmp/dns.json" | head -n 1)
	victim=$(within "$server" "$root/tests/net/fault.py" "$pid" "$dns" 10.53.0.2 {one,two,three,four,five}.example.org) ||
		fail "the worker cannot be made to fault"
	status=0
	wait "${pid_of[dns]}" || status=$?
	unset "pid_of[dns]"
	expect 139 $status "exit status after a fault"
	logged 'fatal: SIGSEGV at address 0x[0-9a-f]* in thread [0-9]*, worker0, in stage input' ||
		fail "the fault is not reported: $(cat "$tmp/dns.log")"
	marked=$(grep -c 'fatal: packet . of 5, in a register, ' "$tmp/dns.log" || true)
	logged "fatal: packet 3 of 5, in a register, [0-9]* bytes: [0-9a-f]*$victim" ||
		fail "the packet in hand, $victim, is not marked: $(grep 'fatal: ' "$tmp/dns.log")"
	note "$marked of 5 packets of the burst are marked as the one in hand"
fi
