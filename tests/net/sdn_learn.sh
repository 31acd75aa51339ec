#!/bin/bash
# wadi-sdn and Open vSwitch, userspace datapath: two switches in a line, three hosts in namespaces.
# All pairs ping in OpenFlow 1.0, 1.3, 1.4 and 1.5, by flows of wadi's cookie; flows of others and
# those that are right outlive a controller that is killed and started again; a datapath id that
# comes twice is refused by name.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
hosts=(wadi-h1-$$ wadi-h2-$$ wadi-h3-$$)
netns "$server" "$client" "${hosts[@]}"

# controller: starts it; its table is empty then.
controller() {
	start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
	ready sdn
}

# serving VERSION: both switches are, in that version.
serving() {
	local rows
	rows=$("$ctl" "$tmp/sdn.sock" switches --json | tr -d ' \n')
	[ "$(grep -o "\"version\":\"$1\"[^{}]*\"state\":\"serving\"" <<<"$rows" | wc -l)" = 2 ]
}

flows() {
	within "$client" ovs-ofctl -O "OpenFlow$1" dump-flows "$2"
}

# made: how many flows the controller has made.
made() {
	"$ctl" "$tmp/sdn.sock" stats | awk '$1 == "flow_mods" { print $2 }'
}

ours() {
	flows "$1" s1 | grep -c "cookie=0x7761646900000001" || true
}

# packets VERSION: that flows of ours on s1 have forwarded.
packets() {
	flows "$1" s1 | awk -F'n_packets=' '/cookie=0x7761646900000001/ { split($2, a, ","); n += a[1] } END { print n + 0 }'
}

ping_all() {
	local pair
	for pair in 12 13 23; do
		within "${hosts[${pair:0:1} - 1]}" ping -q -c 2 -i 0.05 -W $((2 * scale)) "10.9.0.${pair:1}" >"$tmp/ping.log" ||
			fail "$1: hosts ${pair:0:1} and ${pair:1} do not reach each other: $(tail -n 2 "$tmp/ping.log")"
	done
}

veth "$server" w0 "$client" c0
cat >"$tmp/sdn.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/sdn.sock" }, "sdn": { "echo_s": 1, "timeout_s": 1, "topology": false } }
END
# refused PATTERN OPTION...: such a configuration is, with a sentence.
refused() {
	! within "$server" "$sdn" serve -c "$tmp/sdn.json" "${@:2}" >"$tmp/refused" 2>&1 || fail "${*:2} is not refused"
	grep -q "$1" "$tmp/refused" || fail "${*:2}: $(cat "$tmp/refused")"
}
refused "is not 1.0, 1.3, 1.4 or 1.5" --set sdn.versions=1.2
refused "what is known of the network belongs to one worker" --set workers=2
controller

ovs_start

# bridge NAME DATAPATH PORT...: a switch whose ports are interfaces of its namespace.
bridge() {
	local port number=1 args=()
	for port in "${@:3}"; do
		args+=(-- add-port "$1" "$port" -- set interface "$port" "ofport_request=$number")
		number=$((number + 1))
	done
	vsctl add-br "$1" -- set bridge "$1" datapath_type=netdev fail_mode=secure \
		"other-config:datapath-id=$2" other-config:disable-in-band=true "${args[@]}" \
		-- set-controller "$1" tcp:10.53.0.2:6653 -- set controller "$1" max_backoff=1000
}
for i in 1 2 3; do
	ovs_host "${hosts[i - 1]}" "h$i" "10.9.0.$i/24"
done
ovs_cable x1 x2
within "$client" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
bridge s1 0000000000000001 h1 h2 x1
bridge s2 0000000000000002 h3 x2

for version in 10 13 14 15; do
	text=${version:0:1}.${version:1}
	vsctl set bridge s1 "protocols=OpenFlow$version" -- set bridge s2 "protocols=OpenFlow$version"
	poll 20 serving "$text" || fail "the switches are not served in $text: $("$ctl" "$tmp/sdn.sock" switches)"
	# Those of the version before were kept; this one has to make its own.
	before=$(made)
	for bridge in s1 s2; do
		within "$client" ovs-ofctl -O "OpenFlow$version" del-flows $bridge "cookie=0x7761646900000001/-1"
	done
	ping_all "$text"
	[ "$(made)" -ge $((before + 4)) ] || fail "$text: $(made) flows were made, $before of them before"
	[ "$(ours $version)" -ge 4 ] || fail "$text: flows of ours are missing: $(flows $version s1)"
	flows $version s1 | has_line "cookie=0x7761646900000002.*priority=0.*actions=CONTROLLER:65535" ||
		fail "$text: the flow of everything else is missing: $(flows $version s1)"
done
"$ctl" "$tmp/sdn.sock" switches | has_line 0000000000000002 || fail "$("$ctl" "$tmp/sdn.sock" switches)"
note "$("$ctl" "$tmp/sdn.sock" stats | grep -E '^(packet_ins|flow_mods)' | tr -s ' \n' ' ')"
# Each host at both switches.
learned() {
	[ "$("$ctl" "$tmp/sdn.sock" hosts --json | grep -o '"mac"' | wc -l)" -ge 6 ]
}
learned || fail "hosts are missing: $("$ctl" "$tmp/sdn.sock" hosts)"
"$ctl" "$tmp/sdn.sock" switch-ports 1 | has_line "h1 *up" || fail "$("$ctl" "$tmp/sdn.sock" switch-ports 1)"

# The controller is killed. What flows there are go on forwarding; a foreign one stays, a strange one of
# our cookie goes when it is back, and the others are not added again.
within "$client" ovs-ofctl -O OpenFlow15 add-flow s1 "cookie=0x5,priority=7,in_port=9,actions=drop"
within "$client" ovs-ofctl -O OpenFlow15 add-flow s1 "cookie=0x7761646900000001,priority=8,in_port=9,actions=drop"
stop sdn KILL
ping_all "without a controller"
before=$(ours 15) counted=$(packets 15)
controller
poll 20 serving 1.5 || fail "the switches do not come back: $("$ctl" "$tmp/sdn.sock" switches)"
[ "$(packets 15)" -ge "$counted" ] || fail "flows were made again: $(flows 15 s1)"
[ "$(ours 15)" -ge $((before - 1)) ] || fail "flows of ours are gone: $(flows 15 s1)"
! flows 15 s1 | has_line "priority=8" || fail "a strange flow stays: $(flows 15 s1)"
flows 15 s1 | has_line "cookie=0x5," || fail "another's flow is gone: $(flows 15 s1)"
learned || fail "hosts were not learned from flows: $("$ctl" "$tmp/sdn.sock" hosts)"
ping_all "with a new controller"

# A third switch claims the identity of the first.
bridge s3 0000000000000001
poll 10 sh -c "'$ctl' '$tmp/sdn.sock' events | grep -q 'duplicate.*0000000000000001'" ||
	fail "the duplicate is not reported: $("$ctl" "$tmp/sdn.sock" events)"
ping_all "beside a duplicate"
vsctl del-br s3

# A link goes down: the flows to it go.
ip -n "${hosts[0]}" link set eth0 down
gone() {
	! flows 15 s1 | grep "cookie=0x7761646900000001" | has_line "output:h1\|output:1\b"
}
poll 10 gone || fail "flows to a port without a link: $(flows 15 s1)"
stop sdn
expect 0 "$status" "exit status"
