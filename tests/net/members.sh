#!/bin/bash
# members: several wadi-sdn that share switches by a real etcd: left, right and third, in namespaces of
# theirs, with a wire each to the switches and etcd in the client's: 10.53.0.2, 10.54.0.2, 10.55.0.2.
# Sourced behind lib.sh and ovs.sh.
# shellcheck disable=SC2034,SC2154 # ovs_controllers is ovs.sh's; $tmp, $client and $ctl are lib.sh's
sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
command -v etcd >/dev/null || skip "there is no etcd; install etcd-server"
names=(left right third)

# members KEYS: etcd and the three, with these further keys of "sdn".
members() {
	local name number=53
	netns "$client" wadi-left-$$ wadi-right-$$ wadi-third-$$
	(umask 077 && openssl rand -hex 32 >"$tmp/token")
	for name in "${names[@]}"; do
		ovs_wire "wadi-$name-$$" $number
		echo "{}" >"$tmp/$name.intents.json"
		cat >"$tmp/$name.json" <<-END
			{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.$number.0.2/24" } ],
			  "control": { "socket": "$tmp/$name.sock" },
			  "sdn": { $1 "intents": { "include": "$name.intents.json" }, "api": { "address": "10.$number.0.2", "port": 8181, "token_file": "$tmp/token",
			    "intents_file": "$tmp/$name.intents.json" },
			    "cluster": { "name": "$name", "endpoints": "10.$number.0.1:2379", "share": true,
			    "ttl_ms": $((1000 * scale)) } } }
		END
		((number += 1))
	done
	ovs_controllers=(tcp:10.53.0.2:6653 tcp:10.54.0.2:6653 tcp:10.55.0.2:6653)
	start etcd "$client" etcd --data-dir "$tmp/etcd" --advertise-client-urls http://10.53.0.1:2379 \
		--listen-client-urls http://10.53.0.1:2379,http://10.54.0.1:2379,http://10.55.0.1:2379 \
		--listen-peer-urls http://127.0.0.1:2380 --logger zap --log-level error
	for name in "${names[@]}"; do
		start "$name" "wadi-$name-$$" "$sdn" serve -c "$tmp/$name.json"
	done
	for name in "${names[@]}"; do
		ready "$name"
	done
}

# controller NAME: starts it again.
controller() {
	rm -f "$tmp/$1.sock"
	start "$1" "wadi-$1-$$" "$sdn" serve -c "$tmp/$1.json"
	ready "$1"
}

# serves NAME: how many switches the controller serves, as master.
serves() {
	"$ctl" "$tmp/$1.sock" switches --json 2>/dev/null | grep -o '"state": *"serving"' | wc -l
}
# shares N NAME...: each of them serves N switches.
shares() {
	local name
	for name in "${@:2}"; do
		[ "$(serves "$name")" = "$1" ] || return 1
	done
}
state() {
	local name
	for name in "${!pid_of[@]}"; do
		[ ! -f "$tmp/$name.json" ] || { "$ctl" "$tmp/$name.sock" cluster; "$ctl" "$tmp/$name.sock" switches; }
	done 2>&1
}
