#!/bin/bash
# The account of what came in, frame by frame: thousands of malformed frames, made by
# account.py, on each kind of device, by a program with sanitizers where there is one.
# What was sent is what was answered and what was counted under a reason, exactly.
. "$(dirname "$0")/lib.sh"

python=/usr/bin/python3 # the one that Debian's python3-scapy is for
$python -c 'import scapy' 2>/dev/null || skip "python3-scapy is missing; tools/deps installs it"
sanitized=${WADI_SANITIZED:-build-asan}
if [ -x "$sanitized/src/apps/dns/wadi-dns" ]; then
	dns=$root/$sanitized/src/apps/dns/wadi-dns
	export ASAN_OPTIONS=abort_on_error=1
fi
mac=02:00:00:00:00:53
count=6000

# A peer that says nothing of its own.
netns "$server" "$client"
ip link add name w0 netns "$server" address $mac type veth peer name w1 netns "$client"
for end in "$server w0" "$client w1"; do
	read -r namespace iface <<<"$end"
	within "$namespace" sysctl -qw "net.ipv6.conf.$iface.disable_ipv6=1" "net.ipv6.conf.$iface.addr_gen_mode=1"
	ip -n "$namespace" link set "$iface" arp off up
	within "$namespace" ethtool -K "$iface" tx off gro off >/dev/null
done

# The gateways answer nobody, so they are given; each other answer goes back where its
# request came from.
account_conf() {
	conf "$1" "$2" 'conflict_check="off"' 'gateway6="fd53::1"' \
		'static_neighbours=["10.53.0.1 02:00:00:00:00:01", "fd53::1 02:00:00:00:00:01"]'
}

# received NAME: frames that the appliance has taken from its device.
received() {
	"$ctl" "$tmp/$1.sock" stats --json | python3 -c '
import json, sys
def sum_of(value):
    if isinstance(value, dict):
        return value.get("rx_pkts", 0) if isinstance(value.get("rx_pkts", 0), int) and "rx_pkts" in value \
            else sum(map(sum_of, value.values()))
    return sum(map(sum_of, value)) if isinstance(value, list) else 0
print(sum_of(json.load(sys.stdin)))'
}
all_received() {
	[ "$(received "$1")" -ge $count ]
}

# counted NAME: the frames all came in; takes the counters, and ends the appliance.
counted() {
	expect $count "$(received "$1")" "frames received on $1"
	"$ctl" "$tmp/$1.sock" drops --json >"$tmp/$1.drops"
	stop "$1"
	expect 0 "$status" "exit status on $1"
}

# judged NAME ANSWERED: the account is right, and the sanitizers were content.
judged() {
	local verdict
	verdict=$($python tests/net/account.py judge $count "$2" "$tmp/$1.drops") || fail "$1: $verdict"
	note "$1: $verdict"
	! grep -E 'Sanitizer|runtime error' "$tmp/$1.log" || fail "$1: a sanitizer complains"
}

seed=1
for kind in af_packet af_xdp; do
	which=all
	[ $kind = af_xdp ] || which=socket
	$python tests/net/account.py make $((seed++)) $count "$tmp/$kind.pcap" $mac $which
	account_conf $kind $kind:w0
	start $kind "$server" setarch -R "$dns" serve -c "$tmp/$kind.json"
	ready $kind
	answered=$(within "$client" $python tests/net/account.py send "$tmp/$kind.pcap" w1 $mac)
	counted $kind
	judged $kind "$answered"
done

# A port on files has a hardware address that follows from their names.
serve_files() {
	account_conf pcap pcap:in.pcap,out.pcap
	start pcap "$server" env -C "$tmp" setarch -R "$(realpath "$dns")" serve -c pcap.json
	ready pcap
}
$python tests/net/account.py make $seed 1 "$tmp/in.pcap" $mac
serve_files
mac=$("$ctl" "$tmp/pcap.sock" ports --json | sed -n 's/.*"mac": *"\([^"]*\)".*/\1/p')
stop pcap
$python tests/net/account.py make $seed $count "$tmp/in.pcap" "$mac"
serve_files
poll 60 all_received pcap || fail "only $(received pcap) of $count frames were read"
counted pcap
judged pcap "$($python tests/net/account.py read "$tmp/out.pcap" "$mac")"
