#!/bin/bash
# Channels in the control thread, by examples/lines: lines and numbers that are cut anywhere, lines
# that are too long, clients and a server that do not read, resets, short connections, descriptors,
# an end of the appliance with all of that under way; on a TAP, and with two workers over memif.
. "$(dirname "$0")/lib.sh"
lines=$(program wadi-lines)
[ -n "$lines" ] || skip "$build holds no wadi-lines"

# manner MANNER [N]: a client, over both families.
manner() {
	local address
	for address in 10.53.0.2 fd53::2; do
		[ "$1" != room ] || poll 30 nobody_left || fail "clients that have left are still counted: $(value clients)"
		within "$host" timeout $((100 * scale)) python3 tests/net/lines.py "$address" "$@" ||
			fail "$device, $address: $*"
	done
}

# value NAME: of the appliance's status.
value() {
	"$ctl" "$tmp/lines.sock" status --json | python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"
}

nobody_left() {
	[ "$(value clients)" = 0 ]
}

resident_kb() {
	awk '/VmRSS/ { print $2 }' "/proc/${pid_of[lines]}/status"
}

descriptors() {
	find "/proc/${pid_of[lines]}/fd" -mindepth 1 | wc -l
}

no_more_descriptors() {
	[ "$(descriptors)" = "$1" ]
}

# up DEVICE [OPTION...]
up() {
	device=$1
	start lines "$host" "$lines" serve -c examples/lines/lines.json --set "ports[0].device=$1" \
		--set "control.socket=$tmp/lines.sock" "${@:2}"
	ready lines
}

netns "$host"
up tap:wadi0 --set lines.idle_s=600
host_side "$host" wadi0
before=$(descriptors)
for each in splits long_lines half_close "short 200" "room 20" "bulk 20" "paused 8" "echo 8"; do
	# shellcheck disable=SC2086 # words
	manner $each
done
poll 10 nobody_left || fail "clients that have left are still counted: $(value clients)"

# Memory does not grow with what waits, whoever does not read.
memory=$(resident_kb)
manner slow_reader 8
taken=$(within "$host" python3 tests/net/lines.py 10.53.0.2 refuses) || fail "a server that reads nothing"
[ "$taken" -lt 30000000 ] || fail "a server that reads nothing took $taken bytes"
manner resets 300
manner echo_resets 300
grown=$(($(resident_kb) - memory))
# Sanitizers keep what was freed.
[ $grown -lt 8192 ] || has_line sanitizers "$tmp/lines.log" || fail "the process has grown by $grown KiB"
note "a server that reads nothing took $taken bytes; resident memory grew by $grown KiB"
poll 30 nobody_left || fail "clients that were reset are still counted: $(value clients)"
poll 30 no_more_descriptors "$before" || fail "$(descriptors) descriptors are open, at first $before"

# Clients that people use.
expect 294 "$(printf 'sum 3\nabc' | within "$host" socat -t5 - TCP:10.53.0.2:1234)" "answer to socat"
expect bye "$(echo quit | within "$host" nc -w 5 10.53.0.2 1234)" "answer to nc"

# The end of the appliance with channels in every state.
within "$host" python3 tests/net/lines.py 10.53.0.2 stay 40 >"$tmp/stay" &
stays=$!
poll 20 grep -q there "$tmp/stay" || fail "clients that stay do not come"
expect 40 "$(value clients)" "clients"
stop lines
kill $stays 2>/dev/null || true
expect 0 "$status" "exit status with open channels"
! grep -qi 'error\|assert' "$tmp/lines.log" || fail "the log has errors"

up tap:wadi0 --set lines.idle_s=1
host_side "$host" wadi0
manner idle
stop lines

# Two workers: clients of both meet in the control thread.
[ -n "$(program patch)" ] || skip "without DPDK there is no device with two queues here"
memif=memif:$tmp/link
up "$memif,role=server" --set workers=2 --set lines.idle_s=600
start patch "$host" "$(program patch)" "$memif,role=client" tap:wadi0,gso=0 2
poll 10 ip -n "$host" link show wadi0 || fail "the far end made no TAP"
host_side "$host" wadi0
manner room 40
manner short 100
manner half_close
manner bulk 4
manner resets 100
manner echo 2
poll 30 nobody_left || fail "clients that have left are still counted: $(value clients)"
"$ctl" "$tmp/lines.sock" stats --json | python3 -c "
import json, sys
packets = [worker['rx_pkts'] for worker in json.load(sys.stdin)['workers']]
sys.exit(0 if len(packets) == 2 and min(packets) > 100 else f'packets of the workers: {packets}')" ||
	fail "one worker had nothing to do"
within "$host" python3 tests/net/lines.py 10.53.0.2 stay 40 >"$tmp/stay" &
stays=$!
poll 20 grep -q there "$tmp/stay" || fail "clients of two workers that stay do not come"
stop lines
kill $stays 2>/dev/null || true
expect 0 "$status" "exit status of two workers with open channels"
