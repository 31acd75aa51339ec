#!/bin/bash
# Another host has the addresses: they are held, used with a warning, or end the
# appliance, as configured; the owner keeps its traffic. A gateway that does not answer
# is logged, and when it does.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
ip -n "$client" addr add 10.53.0.2/24 dev w1
ip -n "$client" addr add fd53::2/64 dev w1 nodad
mac=$(ip -n "$client" -br link show w1 | awk '{ print $3 }')

# logged NAME LINE: the line comes, once.
logged() {
	poll 10 grep -q "$2" "$tmp/$1.log" || fail "$1 does not log '$2'"
	expect 1 "$(grep -c "$2" "$tmp/$1.log")" "how often $1 logs '$2'"
}

conf held af_packet:w0
serve held "$server"
logged held "the host $mac has the address 10.53.0.2, which is therefore not used"
logged held "the host $mac has the address fd53::2, which is therefore not used"
stop held
expect 0 "$status" "exit status"

conf first af_packet:w0 'conflict_check="first"'
serve first "$server"
logged first "the host $mac has the address fd53::2, which is therefore not used"
stop first

conf warn af_packet:w0 'on_conflict="warn"'
serve warn "$server"
logged warn "the host $mac claims the address 10.53.0.2, too"
stop warn

conf ends af_packet:w0 'on_conflict="exit"'
start ends "$server" "$dns" serve -c "$tmp/ends.json"
status=0
wait "${pid_of[ends]}" || status=$?
unset 'pid_of[ends]'
expect 1 "$status" "exit status of an appliance that ends on a conflict"
grep -q "net0: the host $mac has the address .* (ports\[\].on_conflict is exit)" "$tmp/ends.log" ||
	fail "the conflict is not given as the reason of the end"

# Without a conflict nothing is said, and each address is served at once.
ip -n "$client" addr del 10.53.0.2/24 dev w1
ip -n "$client" addr del fd53::2/64 dev w1
conf free af_packet:w0 'gateway6="fd53::9"'
serve free "$server"
answers "$client"
logged free "the gateway fd53::9 does not answer"
ip -n "$client" addr add fd53::9/64 dev w1 nodad
poll 20 grep -q "the gateway fd53::9 answers" "$tmp/free.log" || fail "the gateway's answer is not logged"
! grep -q "the host\|gateway 10.53.0.1" "$tmp/free.log" || fail "a free address or a sound gateway is complained of"
answers "$client"
