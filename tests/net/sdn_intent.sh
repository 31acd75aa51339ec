#!/bin/bash
# Intents of wadi-sdn on a real Open vSwitch, userspace datapath: two networks, an access list, a
# limit. A reload that changes one rule loses no packet of hosts that it does not concern, and no
# other flow; what is changed behind the controller's back is mended by a reload. A switch that has
# too few tables gets all of it in one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
hosts=(wadi-h1-$$ wadi-h2-$$ wadi-h3-$$ wadi-h4-$$)
netns "$server" "$client" "${hosts[@]}"

# flows: the switch's, without counters, sorted.
flows() {
	within "$client" ovs-ofctl -O OpenFlow14 --no-stats dump-flows s1 | sort
}

# intents PORTS: a configuration in which guests may not reach these ports of TCP.
intents() {
	cat >"$tmp/sdn.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/sdn.sock" },
	  "sdn": { "echo_s": 1, "timeout_s": 1, "intents": {
	    "networks": [ { "name": "office", "vlan": 10 }, { "name": "guests", "vlan": 20 } ],
	    "limits": [ { "name": "slow", "rate_kbps": 100000 } ],
	    "acls": [ { "name": "list", "otherwise": "allow", "rules": [
	        { "action": "deny", "protocol": "icmp", "to": "10.9.0.99" },
	        { "action": "deny", "protocol": "tcp", "to_ports": $1 },
	        { "action": "deny", "protocol": "udp", "to_ports": "9" } ] } ],
	    "switches": [ { "name": "s1", "datapath": "0x1", "ports": [
	        { "number": 1, "untagged": "office" }, { "number": 2, "untagged": "office" },
	        { "number": 3, "untagged": "guests", "acl": "list", "limit": "slow" },
	        { "number": 4, "untagged": "guests", "acl": "list" } ] } ] } } }
	END
}

reaches() {
	within "${hosts[$1 - 1]}" ping -q -c 2 -i 0.05 -W $((2 * scale)) "10.9.0.$2" >"$tmp/ping.log"
}

# changed PATTERN N: that the flows differ in N lines from those before, all of them with the pattern.
changed() {
	flows >"$tmp/after"
	expect "$2" "$(diff "$tmp/before" "$tmp/after" | grep -c '^[<>]' || true)" \
		"changed flows: $(diff "$tmp/before" "$tmp/after")"
	expect "$2" "$(diff "$tmp/before" "$tmp/after" | grep '^[<>]' | grep -cE "$1" || true)" \
		"changed flows with $1: $(diff "$tmp/before" "$tmp/after")"
}

veth "$server" w0 "$client" c0
intents '"22"'
"$sdn" plan -c "$tmp/sdn.json" >"$tmp/plan" || fail "plan: $(cat "$tmp/plan")"
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
ovs_start
within "$client" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ports=()
for i in 1 2 3 4; do
	ovs_host "${hosts[i - 1]}" "h$i" "10.9.0.$i/24"
	ports+=(-- add-port s1 "h$i" -- set interface "h$i" "ofport_request=$i")
done
vsctl add-br s1 -- set bridge s1 datapath_type=netdev fail_mode=secure protocols=OpenFlow14 \
	other-config:datapath-id=0000000000000001 other-config:disable-in-band=true "${ports[@]}" \
	-- set-controller s1 tcp:10.53.0.2:6653 -- set controller s1 max_backoff=1000
installed() {
	flows | has_line "table=6, priority=100,dl_vlan=20" && flows | has_line "priority=200,in_port=.*meter:"
}
poll 20 installed || fail "the intended flows are missing: $(flows) $("$ctl" "$tmp/sdn.sock" events)"

# Networks, and what the list says.
poll 10 reaches 1 2 || fail "hosts of one network do not reach each other: $(flows)"
poll 10 reaches 3 4 || fail "guests do not reach each other: $(flows)"
! reaches 1 3 || fail "hosts of two networks reach each other: $(flows)"
tcp() {
	within "${hosts[3]}" timeout $((5 * scale)) nc -l -p "$1" >/dev/null &
	within "${hosts[2]}" timeout $((2 * scale)) sh -c "until nc -z -w 1 10.9.0.4 $1; do sleep 0.1; done"
}
tcp 80 || fail "guests do not reach a port that is allowed"
! tcp 22 || fail "guests reach a port that is denied"
within "$client" ovs-ofctl -O OpenFlow14 dump-meters s1 | has_line "rate=100000" || fail "there is no meter"

# One rule changes, below one that stays and above another, while others ping.
learned() {
	[ "$(flows | grep -c "table=6, priority=200")" = 4 ]
}
poll 10 learned || fail "hosts are not learned: $(flows)"
flows >"$tmp/before"
within "${hosts[0]}" ping -q -i 0.01 -c $((300 * scale)) 10.9.0.2 >"$tmp/concerned.log" &
pinging=$!
intents '["23", "24"]'
"$sdn" plan -c "$tmp/sdn.json" >"$tmp/plan" || fail "plan: $(cat "$tmp/plan")"
"$ctl" "$tmp/sdn.sock" reload >/dev/null || fail "reload"
reloaded() {
	flows | has_line "tp_dst=24" && ! flows | has_line "tp_dst=22"
}
poll 10 reloaded || fail "the reload changes nothing: $(flows) $("$ctl" "$tmp/sdn.sock" events)"
wait $pinging || fail "ping beside a reload: $(tail -n 2 "$tmp/concerned.log")"
grep -q " 0% packet loss" "$tmp/concerned.log" || fail "packets were lost: $(tail -n 2 "$tmp/concerned.log")"
# For each of two ports IPv4 and IPv6: one goes, two come.
changed "table=1, .*tp_dst=2[234]" 12
tcp 22 || fail "guests do not reach a port that is allowed now"

# Another administrator's hands: a flow goes, one comes, one is changed.
flows >"$tmp/before"
within "$client" ovs-ofctl -O OpenFlow14 --strict del-flows s1 "table=1,priority=1,in_port=3"
within "$client" ovs-ofctl -O OpenFlow14 add-flow s1 "table=1,cookie=0x77696e7400000005,priority=9,in_port=1,actions=drop"
within "$client" ovs-ofctl -O OpenFlow14 mod-flows s1 "table=6,dl_vlan=10,actions=drop"
! reaches 1 2 || fail "the drift has no effect"
"$ctl" "$tmp/sdn.sock" verify >"$tmp/drift" || fail "verify: $(cat "$tmp/drift")"
# drifted PATTERN
drifted() {
	grep -qE "$1" "$tmp/drift" || fail "verify does not name $1: $(cat "$tmp/drift")"
}
drifted 'missing: table 1, priority 1: in_port=3 .*acl "list", otherwise'
drifted 'not intended: table 1, priority 9: in_port=1 -> drop'
drifted 'changed: table 6, priority 100: vlan_vid=0x100a .*was: drop'
flows | has_line "priority=9,in_port=" || fail "verify changes flows: $(flows)"
"$ctl" "$tmp/sdn.sock" reload >/dev/null || fail "reload"
mended() {
	flows | cmp -s - "$tmp/before"
}
poll 10 mended || fail "drift is not mended: $(flows | diff "$tmp/before" -)"
reaches 1 2 || fail "hosts do not reach each other after drift was mended"
"$ctl" "$tmp/sdn.sock" verify --json | has_line '"differences": *0' || fail "$("$ctl" "$tmp/sdn.sock" verify)"

# A controller that is killed and comes back changes nothing that is right.
stop sdn KILL
reaches 1 2 || fail "hosts do not reach each other without a controller"
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
serving() {
	"$ctl" "$tmp/sdn.sock" switches --json | has_line '"state": *"serving"'
}
poll 20 serving || fail "the switch does not come back: $("$ctl" "$tmp/sdn.sock" switches)"
reaches 1 2 || fail "hosts do not reach each other with a new controller"
stop sdn

# OpenFlow 1.0: no meters, no fields of IPv6.
sed -i 's/, "limit": "slow"//; s/"protocol": "tcp",/"protocol": "tcp", "to": "0.0.0.0\/0",/; s/"protocol": "udp",/"protocol": "udp", "to": "0.0.0.0\/0",/' "$tmp/sdn.json"
"$sdn" plan --openflow 1.0 -c "$tmp/sdn.json" >"$tmp/plan" || fail "plan: $(cat "$tmp/plan")"
vsctl del-controller s1 -- set bridge s1 protocols=OpenFlow10
within "$client" ovs-ofctl -O OpenFlow10 del-flows s1
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
vsctl set-controller s1 tcp:10.53.0.2:6653 -- set controller s1 max_backoff=1000
poll 20 serving || fail "the switch does not come back in 1.0: $("$ctl" "$tmp/sdn.sock" switches)"
"$ctl" "$tmp/sdn.sock" switches --json | has_line '"1.0"' || fail "$("$ctl" "$tmp/sdn.sock" switches)"
poll 10 reaches 1 2 || fail "in 1.0 hosts of one network do not reach each other: $("$ctl" "$tmp/sdn.sock" events)"
poll 10 reaches 3 4 || fail "in 1.0 guests do not reach each other"
! reaches 1 3 || fail "in 1.0 hosts of two networks reach each other"
tcp 80 || fail "in 1.0 guests do not reach a port that is allowed"
! tcp 23 || fail "in 1.0 guests reach a port that is denied"
same() {
	"$ctl" "$tmp/sdn.sock" verify --json | has_line '"differences": *0'
}
poll 10 same || fail "in 1.0: $("$ctl" "$tmp/sdn.sock" verify)"
stop sdn
expect 0 "$status" "exit status"

# Two tables: all of it is in the first one, the limit's meter too.
intents '"22"'
sed -i 's/"sdn": {/"sdn": { "topology": false,/; s/"datapath": "0x1"/"datapath": "0x2"/' "$tmp/sdn.json"
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
within "$client" python3 tests/net/sdn_few_tables.py 10.53.0.2 2 >"$tmp/few" || fail "$(cat "$tmp/few") $("$ctl" "$tmp/sdn.sock" events)"
grep -q "^table 0: [0-9]* flows$" "$tmp/few" || fail "$(cat "$tmp/few")"
! grep -q "^table [^0]" "$tmp/few" || fail "a flow is elsewhere: $(cat "$tmp/few")"
grep -q "^1 meters$" "$tmp/few" || fail "$(cat "$tmp/few")"
note "a switch with two tables: $(head -n 1 "$tmp/few")"
stop sdn
expect 0 "$status" "exit status"
