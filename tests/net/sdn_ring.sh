#!/bin/bash
# wadi-sdn and three switches of Open vSwitch in a ring, with a host each: the links are found, all
# pairs ping without a storm, by the shortest way; when a link is taken down frames take the other
# way, and come back with it; LLDP that a host makes or kept is refused by name. Beside them come switches that
# lie, sixteen at a time (sdn_hostile.py): flows are made all the while, and the controller's memory stays as it is.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
hosts=(wadi-h1-$$ wadi-h2-$$ wadi-h3-$$)
netns "$server" "$client" "${hosts[@]}"

# state_of DATAPATH PORT
state_of() {
	"$ctl" "$tmp/sdn.sock" links --json | python3 -c "
import json, sys
print(*(row['state'] for row in json.load(sys.stdin)['links'] if int(row['datapath'], 16) == $1 and row['port'] == $2))"
}

edges() {
	[ "$("$ctl" "$tmp/sdn.sock" links --json | grep -o '"edge"' | wc -l)" = 3 ]
}

ping_all() {
	local from to
	for from in 1 2 3; do
		for to in 1 2 3; do
			[ $from = $to ] || within "${hosts[from - 1]}" ping -q -c 2 -i 0.05 -W $((2 * scale)) "10.9.0.$to" >"$tmp/ping.log" ||
				fail "$1: host $from does not reach host $to: $(tail -n 2 "$tmp/ping.log")"
		done
	done
}

# received: frames that hosts and links have received.
received() {
	{
		for i in 1 2 3; do
			within "${hosts[i - 1]}" cat /sys/class/net/eth0/statistics/rx_packets
		done
		within "$client" cat /sys/class/net/x{12,21,23,32,31,13}/statistics/rx_packets
	} | awk '{ n += $1 } END { print n }'
}

veth "$server" w0 "$client" c0
cat >"$tmp/sdn.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/sdn.sock" } }
END
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn

ovs_start

within "$client" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
for pair in 12 23 31; do
	a=${pair:0:1} b=${pair:1}
	ovs_cable "x$a$b" "x$b$a"
done
for i in 1 2 3; do
	next=$((i % 3 + 1)) last=$(((i + 1) % 3 + 1))
	ovs_host "${hosts[i - 1]}" "h$i" "10.9.0.$i/24"
	# Port 1 leads to the host, 2 to the next switch, 3 to the one before.
	vsctl add-br "s$i" -- set bridge "s$i" datapath_type=netdev fail_mode=secure protocols=OpenFlow13 \
		"other-config:datapath-id=000000000000000$i" other-config:disable-in-band=true \
		-- add-port "s$i" "h$i" -- set interface "h$i" ofport_request=1 \
		-- add-port "s$i" "x$i$next" -- set interface "x$i$next" ofport_request=2 \
		-- add-port "s$i" "x$i$last" -- set interface "x$i$last" ofport_request=3 \
		-- set-controller "s$i" tcp:10.53.0.2:6653 -- set controller "s$i" max_backoff=1000
done

poll 15 links_are 3 || fail "the links of the ring are not found: $("$ctl" "$tmp/sdn.sock" links)"
poll 10 edges || fail "the hosts' ports are no edges: $("$ctl" "$tmp/sdn.sock" links)"
ping_all "in the ring"
# A storm would be more than 10,000 frames a second on each link.
before=$(received)
within "${hosts[0]}" ping -q -b -c 5 -i 0.1 -W 1 10.9.0.255 >/dev/null 2>&1 || true
after=$(received)
[ $((after - before)) -lt 500 ] || fail "$((after - before)) frames for five broadcasts: a storm"
# forwarded SWITCH OUTPUT: frames of flows from host 1 to host 2.
forwarded() {
	within "$client" ovs-ofctl -O OpenFlow13 --no-names dump-flows "$1" | awk -v out="actions=output:$2" '
		index($0, out) && /cookie=0x7761646900000001/ { split($0, a, "n_packets="); n += a[2] + 0 } END { print n + 0 }'
}
[ "$(forwarded s1 2)" -gt 0 ] || fail "host 1 does not reach host 2 by the shortest way"

# The link between 1 and 2 is taken down under traffic: by way of 3.
within "${hosts[0]}" ping -i 0.02 -c 250 -W 1 10.9.0.2 >"$tmp/reroute.log" &
pinger=$!
poll 5 grep -q "icmp_seq=20 " "$tmp/reroute.log" || fail "$(cat "$tmp/reroute.log")"
ip -n "$client" link set x12 down
poll 10 links_are 2 || fail "the loss of a link is not seen: $("$ctl" "$tmp/sdn.sock" links)"
poll 10 grep -q "icmp_seq=2[0-9][0-9] " "$tmp/reroute.log" || fail "no frame takes the other way: $(tail -n 3 "$tmp/reroute.log")"
[ "$(forwarded s3 2)$(forwarded s3 3)" != 00 ] || fail "nothing goes by way of switch 3"
wait $pinger || true
note "a link lost under traffic: $(grep -o '[0-9]* packets transmitted.*loss' "$tmp/reroute.log"), one every 20 ms"
ping_all "without a link"
ip -n "$client" link set x12 up
poll 10 links_are 3 || fail "the link is not found again: $("$ctl" "$tmp/sdn.sock" links)"
ping_all "with the link again"

# A host sends what it got of a probe later, and changed; and LLDP of its own.
within "${hosts[0]}" timeout $((30 * scale)) python3 - <<'END' || fail "host 1 gets no probe"
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88cc))
s.bind(("eth0", 0x88cc))
probe = s.recv(2000)
time.sleep(1.5)  # longer than a probe is valid
s.send(probe)
s.send(probe[:43] + b"9" + probe[44:])
s.send(probe[:14] + bytes.fromhex("020704020000000009040703020000000009060200780000"))
END
counted() {
	[ "$(drops sdn "$1")" -gt 0 ]
}
for reason in expired forged foreign; do
	poll 5 counted "sdn.lldp.$reason" || fail "sdn.lldp.$reason is not counted: $("$ctl" "$tmp/sdn.sock" drops)"
done
links_are 3 || fail "forged LLDP has changed the links: $("$ctl" "$tmp/sdn.sock" links)"
[ "$(state_of 1 1)" = edge ] || fail "forged LLDP has changed a port: $("$ctl" "$tmp/sdn.sock" links)"

# Flows that are deleted come back only by the controller.
meet() {
	for i in 1 2 3; do
		within "$client" ovs-ofctl -O OpenFlow13 del-flows "s$i" "cookie=0x7761646900000001/-1"
	done
	within "${hosts[0]}" ping -q -c 3 -i 0.2 -W $((2 * scale)) 10.9.0.2 >"$tmp/meet.log"
}
resident_kb() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/${pid_of[sdn]}/status"
}
for seed in 1 2 3; do
	within "$client" /usr/bin/python3 tests/net/sdn_hostile.py 10.53.0.2 $seed "$scale" >"$tmp/hostile.log" 2>&1 &
	hostile=$!
	met=0
	while kill -0 $hostile 2>/dev/null; do
		meet || fail "host 1 does not reach host 2 beside hostile switches: $(cat "$tmp/meet.log") $("$ctl" "$tmp/sdn.sock" drops)"
		met=$((met + 1))
	done
	wait $hostile || fail "hostile switches: $(cat "$tmp/hostile.log")"
	[ $met -gt 0 ] || fail "hosts were not asked to reach each other"
	[ $seed -gt 1 ] || before=$(resident_kb)
done
after=$(resident_kb)
note "132 hostile switches: the memory of the controller was $before kB after a third of them, and $after kB at the end"
[ $((after - before)) -lt 2048 ] || fail "memory grows with hostile switches: $before to $after kB"
for reason in sdn.lldp.malformed sdn.frame.short sdn.forward.port; do
	counted $reason || fail "$reason is not counted: $("$ctl" "$tmp/sdn.sock" drops)"
done
links_are 3 || fail "hostile switches have changed the links: $("$ctl" "$tmp/sdn.sock" links)"
ping_all "after hostile switches"
stop sdn
expect 0 "$status" "exit status"
