#!/bin/bash
# ovs: an Open vSwitch of the script's own, in the client's namespace, with cables and hosts. Sourced
# behind lib.sh by scripts whose switches are real; they add bridges with vsctl. Where the shape
# of the network does not matter, tools/switches makes whole ones.
# shellcheck disable=SC2154 # $tmp, $client and $ctl are lib.sh's
export OVS_RUNDIR=$tmp OVS_LOGDIR=$tmp OVS_DBDIR=$tmp OVS_SYSCONFDIR=$tmp

vsctl() {
	within "$client" ovs-vsctl --timeout=30 --db="unix:$tmp/db.sock" "$@"
}

ovs_options=() # of its daemon
# ovs_start: its database and its daemon.
ovs_start() {
	ovsdb-tool create "$tmp/conf.db" /usr/share/openvswitch/vswitch.ovsschema
	start ovsdb "$client" ovsdb-server "$tmp/conf.db" --remote="punix:$tmp/db.sock"
	poll 20 test -S "$tmp/db.sock" || fail "ovsdb-server did not start"
	vsctl --no-wait init
	start vswitchd "$client" ovs-vswitchd "${ovs_options[@]}" "unix:$tmp/db.sock"
}

# ovs_cable IFACE IFACE: between two ports of bridges.
ovs_cable() {
	ip link add name "$1" netns "$client" type veth peer name "$2" netns "$client"
	ip -n "$client" link set "$1" up
	ip -n "$client" link set "$2" up
}

# ovs_host NAMESPACE PORT ADDRESS: the namespace's eth0, and the port of a bridge at its other end.
ovs_host() {
	ip link add name "$2" netns "$client" type veth peer name eth0 netns "$1"
	ip -n "$client" link set "$2" up
	within "$1" ethtool -K eth0 tx off >/dev/null
	within "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip -n "$1" addr add "$3" dev eth0
	ip -n "$1" link set eth0 up
}

# ovs_wire NAMESPACE NUMBER: the interface w0 of a controller there; the client's end has 10.NUMBER.0.1.
ovs_wire() {
	within "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip link add name w0 netns "$1" type veth peer name "c$2" netns "$client"
	within "$client" ethtool -K "c$2" tx off >/dev/null
	ip -n "$1" link set w0 up
	ip -n "$client" addr add "10.$2.0.1/24" dev "c$2"
	ip -n "$client" link set "c$2" up
}

ovs_controllers=() # of its bridges
# ovs_bridge NAME DATAPATH VERSION PORT...: with these controllers, which it tries each second;
# VERSION is 10 to 15.
ovs_bridge() {
	local port id args=()
	for port in "${@:4}"; do
		args+=(-- add-port "$1" "$port")
	done
	vsctl add-br "$1" -- set bridge "$1" datapath_type=netdev fail_mode=secure "protocols=OpenFlow$3" \
		"other-config:datapath-id=$2" other-config:disable-in-band=true "${args[@]}" \
		-- set-controller "$1" "${ovs_controllers[@]}"
	for id in $(vsctl get bridge "$1" controller | tr -d '[],'); do
		vsctl set controller "$id" max_backoff=1000
	done
}

# links_are N: wadi-sdn knows N links, each of them in both directions.
links_are() {
	[ "$("$ctl" "$tmp/sdn.sock" links --json | python3 -c "
import json, sys
print(sum(row['state'] == 'link' for row in json.load(sys.stdin)['links']) // 2)")" = "$1" ]
}
