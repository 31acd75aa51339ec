#!/bin/bash
# What Open vSwitch and its ovs-ofctl say to each other over TCP, in each version: wadi-ofp prints
# all of it out of a capture, no message refused and none of an unknown type, and flows, ports,
# groups and meters are those that were made.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

ofp=$(program wadi-ofp)
netns "$client"

# A switch without ports of a kernel: its datapath and its ports are imagined by Open vSwitch.
ovs_options=(--enable-dummy=override)
ovs_start
vsctl add-br br0 -- set bridge br0 datapath_type=dummy \
	protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15 other-config:datapath-id=0000010203040506 \
	-- set-controller br0 ptcp:6653:127.0.0.1 \
	-- add-port br0 p1 -- set interface p1 type=dummy ofport_request=1 \
	-- add-port br0 p2 -- set interface p2 type=dummy ofport_request=2

start tcpdump "$client" tcpdump -i lo -B 65536 -s 0 -w "$tmp/session.pcap" port 6653
poll 20 grep -q "listening on" "$tmp/tcpdump.log" || fail "tcpdump did not start"

# of VERSION COMMAND...: ovs-ofctl asks the switch.
of() {
	within "$client" timeout $((20 * scale)) ovs-ofctl -O "OpenFlow$1" "$2" tcp:127.0.0.1:6653 "${@:3}" \
		>"$tmp/ofctl.log" 2>&1 || fail "ovs-ofctl -O OpenFlow$1 ${*:2}: $(cat "$tmp/ofctl.log")"
}

for version in 10 13 14 15; do
	of $version show
	of $version add-flow "priority=100,in_port=1,tcp,nw_src=10.0.0.0/8,tp_dst=80,actions=mod_dl_src:02:00:00:00:00:01,output:2"
	of $version add-flow "priority=7,dl_vlan=5,actions=strip_vlan,CONTROLLER:128"
	of $version dump-flows
	of $version dump-aggregate
	of $version dump-tables
	of $version dump-ports
	of $version dump-ports-desc
	of $version dump-desc
	of $version queue-stats
	of $version get-frags
	of $version set-frags drop
	of $version mod-port p1 no-flood
	of $version probe
	[ $version = 10 ] || {
		of $version add-meter "meter=$version,kbps,burst,bands=type=drop,rate=1000,burst_size=100"
		of $version add-group "group_id=$version,type=ff,bucket=watch_port:1,actions=output:1,bucket=watch_port:2,actions=output:2"
		of $version add-group "group_id=1$version,type=select,bucket=weight:2,actions=output:1,bucket=weight:3,actions=output:2"
		of $version add-flow "table=1,metadata=0x5/0xf,actions=meter:$version,group:$version,goto_table:2"
		of $version add-flow "table=2,ipv6,ipv6_src=2001:db8::/32,reg0=7,actions=push_vlan:0x8100,set_field:4100->vlan_vid,set_queue:3,dec_ttl,normal"
		of $version dump-flows
		of $version dump-groups
		of $version dump-group-stats
		of $version dump-group-features
		of $version dump-meters
		of $version meter-stats
		of $version meter-features
		of $version dump-table-features
	}
	[ $version -lt 14 ] || {
		echo "priority=9,udp,actions=drop" >"$tmp/flows"
		of $version add-flows "$tmp/flows" --bundle
		of $version mod-table 3 evict
		of $version dump-table-desc
	}
	of $version del-flows
	[ $version = 10 ] || {
		of $version del-groups
		of $version del-meters
	}
done

sleep 1 # until the last packets are in the file
stop tcpdump INT
"$ofp" print "$tmp/session.pcap" >"$tmp/text" || fail "wadi-ofp refuses: $(grep -m 5 -F '***' "$tmp/text")"
unknown=$(grep -cE 'type [0-9]+ \(OF|unknown:' "$tmp/text" || true)
expect 0 "$unknown" "messages and items of an unknown type: $(grep -m 3 -E 'type [0-9]+ \(OF|unknown:' "$tmp/text")"

# says VERSION PATTERN
says() {
	grep -E "^ |OF$1\)" "$tmp/text" >"$tmp/part"
	grep -qE "$2" "$tmp/part" || fail "in $1, nothing is printed of $2"
}
for version in 1.0 1.3 1.4 1.5; do
	says $version "FEATURES_REPLY.* datapath_id=0x10203040506"
	says $version "FLOW_MOD.* priority=100 .*ipv4_src=10.0.0.0/8|FLOW_MOD.*ipv4_src=10.0.0.0/8.* priority=100"
	says $version 'name="p2"'
	says $version 'mfr="Nicira, Inc."'
	[ $version = 1.0 ] || {
		says $version "FLOW_MOD.* match=metadata=0x5/0xf instructions=.*goto_table:2"
		says $version "GROUP_MOD.* type=FF .*watch_port=1"
		says $version "GROUP_MOD.* type=SELECT .*weight=3"
		says $version "METER_MOD.* bands=drop\(rate=1000 burst_size=100\)"
	}
	case $version in 1.4 | 1.5) says $version "BUNDLE_ADD_MESSAGE.* message=" ;; esac
done
note "$(grep -c OFPT_ "$tmp/text") messages of Open vSwitch printed"
