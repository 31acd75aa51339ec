#!/bin/bash
# Three wadi-sdn that share a network with loops, four switches of Open vSwitch in a ring with a link across, by a real
# etcd. All know all links and hosts; all pairs ping. Host 1 broadcasts all the while: in quiet each frame comes to each
# host once, and also while a link is taken down, and one controller is killed and comes back, none comes round in a loop. LLDP that a host has
# changed, and that of another controller which it kept, is refused by name.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"
. "$(dirname "$0")/members.sh"

hosts=(wadi-h1-$$ wadi-h2-$$ wadi-h3-$$ wadi-h4-$$)
netns "${hosts[@]}"
members ''
"$sdn" check -c "$tmp/left.json" --set 'sdn.intents={"networks":[{"name":"n","vlan":5}],"switches":[{"datapath":"0x1","name":"s1"}]}' >"$tmp/check.log" 2>&1 &&
	fail "switches with intents are taken where a network is shared"
grep -q 'sdn.cluster.share.*sdn.topology' "$tmp/check.log" || fail "$(cat "$tmp/check.log")"

ovs_start
for pair in 12 23 34 41 13; do
	ovs_cable "x$pair" "x${pair:1}${pair:0:1}"
done
for i in 1 2 3 4; do
	ovs_host "${hosts[i - 1]}" "h$i" "10.9.0.$i/24"
done
ovs_bridge s1 0000000000000001 13 h1 x12 x14 x13
ovs_bridge s2 0000000000000002 14 h2 x21 x23
ovs_bridge s3 0000000000000003 15 h3 x32 x34 x31
ovs_bridge s4 0000000000000004 13 h4 x43 x41

# knows LINKS HOSTS NAME...: each of them knows so many links, in both directions, and hosts.
knows() {
	local name
	for name in "${@:3}"; do
		"$ctl" "$tmp/$name.sock" links | awk -v links="$1" '$3 == "link" { n++; tree += $6 == "yes" } END { exit n != 2 * links || tree != 6 }' || return 1
		"$ctl" "$tmp/$name.sock" hosts | awk -v hosts="$2" '$1 ~ /:/ { n++ } END { exit n != hosts }' || return 1
	done
}
picture() {
	local name
	for name in left right third; do
		echo "== $name"
		[ ! -v "pid_of[$name]" ] || { "$ctl" "$tmp/$name.sock" links; "$ctl" "$tmp/$name.sock" hosts; "$ctl" "$tmp/$name.sock" drops; "$ctl" "$tmp/$name.sock" cluster; }
	done 2>&1
}
all_share() {
	[ "$(for name in "${names[@]}"; do serves "$name"; done | sort | xargs)" = "1 1 2" ]
}
poll 20 all_share || fail "switches are not shared: $(state)"
poll 20 knows 5 0 left right third || fail "not all know the links: $(picture)"

meet() {
	local from to
	for from in 0 1 2 3; do
		for to in 1 2 3 4; do
			within "${hosts[from]}" ping -q -c 1 -W 1 "10.9.0.$to" >"$tmp/ping.log" || return 1
		done
	done
}
poll 10 meet || fail "hosts do not reach each other: $(picture)"
poll 10 knows 5 4 left right third || fail "not all know the hosts: $(picture)"

# Each host keeps a probe, for the end.
for i in 0 1 2 3; do
	within "${hosts[i]}" timeout $((30 * scale)) python3 - "$tmp/probe$i" <<-'END' &
		import socket, sys
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88cc))
		s.bind(("eth0", 0x88cc))
		open(sys.argv[1], "wb").write(s.recv(2000))
	END
	waits[i]=$!
done

for i in 1 2 3; do
	start "count$i" "${hosts[i]}" python3 tests/net/sdn_mesh.py count eth0 "$tmp/count$i"
done
sleep 0.5
start sender "${hosts[0]}" python3 tests/net/sdn_mesh.py send eth0 20
# counted: of each host how many broadcasts came since it was asked last, how often the same one, and of how many.
counted() {
	local i
	for i in 1 2 3; do
		rm -f "$tmp/count$i"
		touch "$tmp/count$i.ask"
	done
	for i in 1 2 3; do
		poll 10 test -f "$tmp/count$i" || fail "nobody counts"
		cat "$tmp/count$i"
	done
}
# quiet WHAT: for a while each broadcast comes to each host once.
quiet() {
	local got most of
	counted >/dev/null
	sleep $((1 * scale))
	while read -r got most of; do
		[ "$got" -gt 20 ] && [ "$most $got" = "1 $of" ] && continue
		fail "$1: $got of $of broadcasts came, one of them $most times: $(picture)"
	done < <(counted)
}
# bounded WHAT: since it was asked last nothing came round.
bounded() {
	local got most of
	while read -r got most of; do
		[ "$most" -le 2 ] || fail "$1: a broadcast came $most times: $(picture)"
		note "$1: $got of $of broadcasts"
	done < <(counted)
}
quiet "with all links"

# A link is taken down: all take it out, and floods take another way.
counted >/dev/null
ip -n "$client" link set x13 down
poll 10 knows 4 4 left right third || fail "the loss of a link is not known: $(picture)"
bounded "a link is lost"
poll 10 meet || fail "hosts do not reach each other without a link: $(picture)"
counted >/dev/null
ip -n "$client" link set x13 up
poll 20 knows 5 4 left right third || fail "the link is not found again: $(picture)"
bounded "the link is back"
quiet "with the link again"

# One is killed: the others take its switches, and know what it knew.
stop right KILL
two() {
	[ $(($(serves left) + $(serves third))) = 4 ]
}
poll 10 two || fail "nobody takes the switches of one that was killed: $(state)"
poll 10 knows 5 4 left third || fail "links or hosts were lost with one that was killed: $(picture)"
bounded "one is killed"
controller right
poll 20 all_share || fail "one that comes back gets no share: $(state)"
poll 20 knows 5 4 left right third || fail "one that comes back does not know the network: $(picture)"
bounded "one comes back"
quiet "with three again"

# What hosts got of probes is refused when it was changed, and as it was, since its key is not believed any more.
for i in 0 1 2 3; do
	wait "${waits[i]}" || fail "host $((i + 1)) gets no probe"
done
for i in 0 1 2 3; do
	within "${hosts[i]}" python3 - "$tmp"/probe{0,1,2,3} <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		for path in sys.argv[1:]:
		    probe = open(path, "rb").read()
		    s.send(probe)
		    s.send(probe[:43] + b"9" + probe[44:])
	END
done
refused() {
	local name
	for name in left right third; do
		[ "$(drops "$name" sdn.lldp.forged)" -gt 0 ] || return 1
	done
}
poll 5 refused || fail "forged probes are not counted: $(picture)"
knows 5 4 left right third || fail "forged probes have changed the picture: $(picture)"
quiet "after forged probes"
for name in left right third; do
	stop "$name"
	expect 0 "$status" "exit status"
done
