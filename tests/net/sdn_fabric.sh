#!/bin/bash
# Intents of wadi-sdn on a network with loops: three switches of Open vSwitch, 1.3, 1.4 and 1.5, in a
# triangle with two cables on one side. Links are found, floods do not circle, hosts reach each other
# in their network and, with nothing but a default gateway, in another one; groups spread over equal
# paths and pass over a lost link. Lost packets are counted and reported. Paths that the REST interface tells are those
# of packets, access lists included; edges, mirrors, meters and a DHCP server do here what they do alone.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
hosts=(wadi-h1-$$ wadi-h2-$$ wadi-h3-$$)
netns "$server" "$client" "${hosts[@]}"

# ofctl SWITCH COMMAND...
ofctl() {
	within "$client" ovs-ofctl -O "OpenFlow1$((${1#s} + 2))" "${@:2:1}" "$1" "${@:3}"
}

control() {
	"$ctl" "$tmp/sdn.sock" "$@"
}

# intents PEER: of port 2 of s1; in truth it leads to s2:2.
intents() {
	cat >"$tmp/sdn.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/sdn.sock" },
	  "sdn": { "echo_s": 2, "api": { "address": "10.53.0.2", "port": 8181, "token_file": "$tmp/token" }, "intents": {
	    "networks": [ { "name": "office", "vlan": 10, "gateways": ["10.9.10.254/24", "fd09:10::fe/64"] },
	                  { "name": "guests", "vlan": 20, "gateways": ["10.9.20.254/24", "fd09:20::fe/64"], "acl": "guests" } ],
	    "limits": [ { "name": "slow", "rate_kbps": 100000 } ],
	    "acls": [ { "name": "watched", "otherwise": "allow", "rules": [
	        { "action": "allow", "protocol": "udp", "to_ports": "9", "mirror": 4, "limit": "slow" } ] }, { "name": "guests", "otherwise": "allow", "rules": [
	        { "action": "deny", "protocol": "tcp", "to_ports": "${2:-22}" } ] } ],
	    "routers": [ { "name": "r", "mac": "0e:00:00:00:00:01", "networks": ["office", "guests"] } ],
	    "switches": [
	      { "name": "s1", "datapath": "0x1", "ports": [ { "number": 1, "untagged": "office", "edge": true },
	        { "number": 2, "tagged": ["office", "guests"], "peer": "$1" },
	        { "number": 3, "tagged": ["office", "guests"] }, { "number": 4, "tagged": ["office", "guests"] } ] },
	      { "name": "s2", "datapath": "0x2", "ports": [ { "number": 1, "untagged": "office", "limit": "slow", "dhcp_server": true },
	        { "number": 2, "tagged": ["office", "guests"] }, { "number": 3, "tagged": ["office", "guests"] },
	        { "number": 4, "tagged": ["office", "guests"] } ] },
	      { "name": "s3", "datapath": "0x3", "ports": [ { "number": 1, "untagged": "guests", "acl": "watched" }, { "number": 4, "untagged": "guests" },
	        { "number": 2, "tagged": ["office", "guests"] }, { "number": 3, "tagged": ["office", "guests"] } ] } ] } } }
	END
}

reaches() {
	within "${hosts[$1 - 1]}" ping -q -c 1 -W "$scale" "$2" >"$tmp/ping.log" 2>&1
}

all_reach() {
	local pair
	for pair in "1 10.9.10.2" "2 10.9.10.1" "1 10.9.20.3" "3 10.9.10.2" "3 fd09:10::1" "2 fd09:20::3"; do
		# shellcheck disable=SC2086 # two words
		poll 5 reaches $pair || fail "$1: host $pair: no answer: $(tail -n 2 "$tmp/ping.log") $(control events | head -n 20)"
	done
}

received() {
	for i in 1 2 3; do
		within "${hosts[i - 1]}" cat /sys/class/net/eth0/statistics/rx_packets
	done | awk '{ n += $1 } END { print n }'
}

differences() {
	control verify --json | has_line '"differences": *0'
}

veth "$server" w0 "$client" c0
(umask 077 && openssl rand -hex 32 >"$tmp/token")
intents s3:3
"$sdn" plan -c "$tmp/sdn.json" >"$tmp/plan" || fail "plan: $(cat "$tmp/plan")"
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
ovs_start
within "$client" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
for pair in 12 13 23 45 99; do # x45: the second cable between 1 and 2; x99: a mirror of s3
	ovs_cable "x$pair" "y$pair"
done
network=(10 10 20)
for i in 1 2 3; do
	host=${hosts[i - 1]} n=${network[i - 1]}
	ip link add name "h$i" netns "$client" type veth peer name eth0 netns "$host"
	ip -n "$client" link set "h$i" up
	within "$host" ethtool -K eth0 tx off >/dev/null
	ip -n "$host" addr add "10.9.$n.$i/24" dev eth0
	ip -n "$host" addr add "fd09:$n::$i/64" dev eth0 nodad
	ip -n "$host" link set eth0 up
	ip -n "$host" route add default via "10.9.$n.254"
	ip -n "$host" route add default via "fd09:$n::fe"
done
# bridge SWITCH PORT...: with these ports, from 1 on.
bridge() {
	local name=$1 number=0 port ports=()
	shift
	for port; do
		ports+=(-- add-port "$name" "$port" -- set interface "$port" "ofport_request=$((number += 1))")
	done
	vsctl add-br "$name" -- set bridge "$name" datapath_type=netdev fail_mode=secure \
		"protocols=OpenFlow1$((${name#s} + 2))" "other-config:datapath-id=000000000000000${name#s}" \
		other-config:disable-in-band=true "${ports[@]}" \
		-- set-controller "$name" tcp:10.53.0.2:6653 -- set controller "$name" max_backoff=1000
}
bridge s1 h1 x12 x13 x45
bridge s2 h2 y12 x23 y45
bridge s3 h3 y13 y23 x99

poll 15 links_are 4 || fail "the links are not found: $(control links) $(control events)"
all_reach "with all links"
reaches 1 10.9.10.254 || fail "the router does not answer a ping: $(cat "$tmp/ping.log")"
poll 5 reaches 3 fd09:20::fe || fail "the router does not answer a ping by IPv6: $(cat "$tmp/ping.log")"
control events | has_line "peer_other" || fail "a declared peer that is another one is not reported: $(control events)"

# path FROM TO WORDS PATTERN: what the REST interface tells of the packet.
path() {
	within "$client" curl -s -m $((10 * scale)) -H "Authorization: Bearer $(cat "$tmp/token")" \
		"http://10.53.0.2:8181/api/v1/paths?from=$1&to=$2$3" >"$tmp/path.json"
	grep -q "$4" "$tmp/path.json"
}
# told FROM TO WORDS PATTERN
told() {
	poll 5 path "$@" || fail "the path from $1 to $2 $3 is not $4: $(cat "$tmp/path.json")"
}
told 10.9.10.1 10.9.10.2 "" '"reached":true.*"0000000000000001","in_port":1.*"0000000000000002".*"out_port":1}'
told 10.9.20.3 10.9.10.1 "" '"reached":true.*"0000000000000003","in_port":1.*"0000000000000001".*"out_port":1}'
told 10.9.20.3 10.9.10.1 "&protocol=tcp&to_port=22" '"reached":false,"reason":"switch 0000000000000003 drops it: acl ."guests.", rule 1"'
told 10.9.20.3 10.9.10.1 "&protocol=tcp&to_port=23" '"reached":true'
told 10.9.10.1 10.9.10.77 "" '"reached":false,"reason":"the second host is neither declared nor known'

# What a port mirrors, and meters, on switches that are part of a network.
mirrored() {
	within "$client" cat /sys/class/net/y99/statistics/rx_packets
}
before=$(mirrored)
# shellcheck disable=SC2016 # the inner shell expands it
within "${hosts[2]}" bash -c 'for i in {1..50}; do echo $i >/dev/udp/10.9.10.1/9; done'
copied() {
	[ $(($(mirrored) - before)) -ge 50 ]
}
poll 5 copied || fail "the mirror got $(($(mirrored) - before)) of 50 packets: $(ofctl s3 dump-flows)"
for i in 2 3; do
	ofctl s$i dump-meters | has_line "rate=100000" || fail "no meter on s$i: $(ofctl s$i dump-meters)"
done
# What a DHCP server grants is a host's address before it has sent by it.
cat >"$tmp/udhcpd.conf" <<-END
	start 10.9.10.50
	end 10.9.10.50
	interface eth0
	lease_file $tmp/leases
	pidfile $tmp/udhcpd.pid
END
touch "$tmp/leases"
start dhcp "${hosts[1]}" busybox udhcpd -f "$tmp/udhcpd.conf"
within "${hosts[0]}" busybox udhcpc -i eth0 -n -q -f -s /bin/true >"$tmp/dhcp.out" 2>&1 || fail "no lease: $(cat "$tmp/dhcp.out")"
granted() {
	within "$client" curl -s -m $((10 * scale)) -H "Authorization: Bearer $(cat "$tmp/token")" \
		http://10.53.0.2:8181/api/v1/hosts | has_line '"10.9.10.50"'
}
poll 5 granted || fail "what DHCP granted is not known: $(control hosts) $(cat "$tmp/dhcp.out")"
stop dhcp TERM

# A storm would be more than 10,000 frames a second on each link.
before=$(received)
within "${hosts[0]}" ping -q -b -c 5 -i 0.1 -W 1 10.9.10.255 >/dev/null 2>&1 || true
after=$(received)
[ $((after - before)) -lt 200 ] || fail "$((after - before)) frames for five broadcasts: a storm"

# Groups: one spreads over both cables to s2, one takes the first live way to s3.
ofctl s1 dump-groups >"$tmp/groups"
grep -q "type=select.*output:2.*output:4" "$tmp/groups" || fail "no group over the two cables: $(cat "$tmp/groups")"
grep -q "type=ff.*watch_port:3.*watch_port:" "$tmp/groups" || fail "no group with a spare way: $(cat "$tmp/groups")"
differences || fail "what was applied differs: $(control verify)"

# Another administrator's hands: a group of ours goes, a foreign one stays.
id=$(sed -n 's/.*group_id=\([0-9]*\),type=ff.*/\1/p' "$tmp/groups" | head -n 1)
ofctl s1 add-group "group_id=5,type=all,bucket=output:1"
ofctl s1 del-groups "group_id=$id"
control verify >"$tmp/drift"
grep -q "missing: group 0x77" "$tmp/drift" || fail "a missing group is not named: $(cat "$tmp/drift")"
control reload >/dev/null || fail "reload"
poll 10 differences || fail "a missing group is not mended: $(control verify)"
ofctl s1 dump-groups | has_line "group_id=5," || fail "a group of another owner is gone"

# Links are lost under traffic: one of two equal ones, then the only one, past which a spare leads.
# lost NAME HOST ADDRESS IFACE: takes the interface down and up again.
lost() {
	within "${hosts[$2 - 1]}" ping -i 0.01 -c 200 -W 1 "$3" >"$tmp/lost.log" &
	local pinging=$!
	poll 5 grep -q "icmp_seq=30 " "$tmp/lost.log" || fail "$1: $(cat "$tmp/lost.log")"
	ip -n "$client" link set "$4" down
	wait $pinging || true
	note "$1: $(grep -o '[0-9]* packets transmitted.*loss' "$tmp/lost.log"), one every 10 ms"
	poll 5 links_are 3 || fail "the loss of $4 is not seen: $(control links)"
	all_reach "without $4"
	differences || fail "without $4: $(control verify)"
	ip -n "$client" link set "$4" up
	poll 10 links_are 4 || fail "$4 is not found again: $(control links)"
}
lost "one of two equal links" 1 10.9.10.2 x12
lost "a link with a spare" 1 10.9.20.3 x13
all_reach "with all links again"

# A reload changes a rule under traffic that it does not concern.
within "${hosts[0]}" ping -q -i 0.01 -c 100 10.9.20.3 >"$tmp/reload.log" &
pinging=$!
intents s2:2 23
control reload >/dev/null || fail "reload"
wait $pinging || fail "ping beside a reload: $(tail -n 2 "$tmp/reload.log")"
grep -q " 0% packet loss" "$tmp/reload.log" || fail "a reload loses packets: $(tail -n 2 "$tmp/reload.log")"

# The controller is killed and comes back: the network goes on.
within "${hosts[0]}" ping -i 0.02 -c 300 -W 1 10.9.20.3 >"$tmp/killed.log" &
pinging=$!
stop sdn KILL
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
serving() {
	[ "$(control switches --json | grep -o '"state": *"serving"' | wc -l)" = 3 ] && links_are 4
}
poll 20 serving || fail "the switches do not come back: $(control switches)"
wait $pinging || true
note "the controller killed and started: $(grep -o '[0-9]* packets transmitted.*loss' "$tmp/killed.log"), one every 20 ms"
all_reach "with a new controller"
poll 10 differences || fail "with a new controller: $(control verify)"
stop sdn
expect 0 "$status" "exit status"
