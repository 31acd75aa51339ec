#!/bin/bash
# A device that is lost is an event: its interface is deleted while the server runs, made
# again with the same name, and the server answers on it, with one line in the log for each
# and without a core that spins; or the server ends, when the port says so.
. "$(dirname "$0")/lib.sh"

asker=$client
netns "$server" "$client"
veth "$server" w0 "$client" w1

# state: what `ports` says of the device.
state() {
	"$ctl" "$tmp/dns.sock" ports | sed -n 's/^state *//p'
}

is_state() {
	[ "$(state)" = "$1" ]
}

# lines TEXT: how many lines of the log have it.
lines() {
	grep -c "$1" "$tmp/dns.log" || true
}

# ran_ms: what its threads have run, by the scheduler's own account.
ran_ms() {
	cat /proc/"${pid_of[dns]}"/task/*/schedstat | awk '{ sum += $1 } END { printf "%d\n", sum / 1000000 }'
}

# rests WHAT: the server does not spin: of two seconds it runs less than a fifth of one.
rests() {
	local before after
	before=$(ran_ms)
	sleep 2
	after=$(ran_ms)
	note "$1: $(((after - before) / 20)) % of a core"
	[ $((after - before)) -lt 400 ] || fail "$1: the server runs $((after - before)) ms of 2000"
}

# flows: queries from several ports, which reach each worker, are answered.
flows() {
	for _ in 1 2 3 4 5 6; do
		[ "$(ask "$asker" www.example.org A +tries=1)" = 192.0.2.80 ] || return 1
	done
}

# answers_soon WHEN: the client has a new address on the link, too: a worker that knows the
# old one asks for it again after some seconds.
answers_soon() {
	poll 20 flows || fail "no answers $1"
	answers "$asker"
}

taken_up() {
	is_state up && [ "$(lines 'net0 (af_packet:w0): the device is back')" = "$1" ]
}
has_address() {
	"$ctl" "$tmp/dns.sock" ports | has_line "^mac *$1$"
}
client_has() {
	ip -n "$client" neigh show 10.53.0.2 | has_line "$1"
}

netns "$host"
for workers in 1 2; do
	conf dns af_packet:w0 workers=$workers
	serve dns "$server"
	answers "$client"
	expect up "$(state)" "state at start"

	ip -n "$server" link set w0 down
	poll 5 is_state down || fail "the link that went down is not seen"
	rests "link down"
	ip -n "$server" link set w0 up
	poll 5 is_state up || fail "the link that came up is not seen"
	answers_soon "after the link was down"
	expect 1 "$(lines 'net0 (af_packet:w0): the link is down')" "lines about the link that went down"
	expect 1 "$(lines 'net0 (af_packet:w0): the link is up')" "lines about the link that came up"

	for times in 1 2; do
		ip -n "$server" link del w0
		poll 5 is_state lost || fail "the interface that was deleted is not seen"
		expect $times "$(lines 'net0 (af_packet:w0): the device is lost')" "lines about the loss"
		"$ctl" "$tmp/dns.sock" metrics | has_line '^wadi_ifaces_lost{iface="net0"} 1$' || fail "the loss is not among the metrics"
		[ $times -eq 2 ] || rests "interface deleted"
		veth "$server" w0 "$client" w1
		poll 5 is_state up || fail "the interface that is back is not taken up"
		expect $times "$(lines 'net0 (af_packet:w0): the device is back')" "lines about the return"
		answers_soon "after the interface was made again"
	done
	# An interface that another namespace had for a moment has the same number afterwards.
	ip -n "$server" link set w0 netns "$host"
	ip -n "$host" link set w0 netns "$server"
	ip -n "$server" link set w0 up
	poll 5 taken_up 3 || fail "the interface that came back from a namespace is not taken up"
	answers_soon "after the interface was in another namespace"

	# Its address may change, as in a team of interfaces: the client has the old one.
	ip -n "$server" link set w0 address 02:00:00:00:99:0$workers
	poll 5 has_address 02:00:00:00:99:0$workers || fail "the new address of the interface is not seen"
	expect 1 "$(lines "net0 (af_packet:w0): its Ethernet address is 02:00:00:00:99:0$workers now")" "lines about the new address"
	answers_soon "after the interface got another address"
	poll 10 client_has 02:00:00:00:99:0$workers || fail "the client is not told of the new address"

	alive dns || fail "the server has ended"
	stop dns
	expect 0 $status "exit status"
done

# A TAP is made again at once where the server has kept its rights; else it is taken up when
# others have made it. Six workers are more than DPDK's driver had queues for.
asker=$host
for sandbox in false true; do
	conf dns tap:wadi0 workers=6
	serve dns "$host" --set sandbox.enabled=$sandbox
	host_side "$host" wadi0
	answers "$host"
	for times in 1 2; do
		ip -n "$host" link del wadi0
		if [ $sandbox = true ]; then
			poll 5 is_state lost || fail "the TAP that was deleted is not seen"
			expect $times "$(lines 'ip tuntap add wadi0 mode tap multi_queue')" "lines about what to do"
			[ $times -eq 2 ] || rests "TAP deleted"
			ip -n "$host" tuntap add wadi0 mode tap multi_queue
			ip -n "$host" link set wadi0 up
		fi
		poll 5 is_state up || fail "the TAP is not taken up again"
		expect $times "$(lines 'net0 (tap:wadi0): the device is lost')" "lines about the loss"
		expect $times "$(lines 'net0 (tap:wadi0): the device is back')" "lines about the return"
		rests "TAP made again"
		host_side "$host" wadi0
		answers_soon "after the TAP was made again"
	done
	stop dns
	expect 0 $status "exit status"
done

# ends STATUS: the server ends by itself, with this status.
ends() {
	poll 10 ended || fail "the server goes on"
	status=0
	wait "${pid_of[dns]}" || status=$?
	unset "pid_of[dns]"
	expect "$1" $status "exit status of a server that ends for its device"
}
ended() {
	! alive dns
}

# XDP sockets cannot move to another interface: a supervisor starts the server again.
asker=$client
conf dns af_xdp:w0
serve dns "$server"
answers "$client"
ip -n "$server" link set w0 address 02:00:00:00:99:09
poll 5 has_address 02:00:00:00:99:09 || fail "the new address of the interface is not seen by XDP sockets"
answers_soon "after the interface under XDP sockets got another address"
ip -n "$server" link del w0
poll 5 is_state lost || fail "the interface under XDP sockets that was deleted is not seen"
expect 1 "$(lines 'net0 (af_xdp:w0): the device is lost')" "lines about the loss"
rests "interface of XDP sockets deleted"
veth "$server" w0 "$client" w1
ends 3
expect 1 "$(lines 'net0 (af_xdp:w0): the device is back, and only a new process')" "lines about the return"
serve dns "$server"
answers "$client"
ip -n "$server" link set w0 netns "$host"
ip -n "$host" link set w0 netns "$server"
ip -n "$server" link set w0 up
ends 3
expect 1 "$(lines 'net0 (af_xdp:w0): the device is back, and only a new process')" "lines about the return from a namespace"

conf dns af_packet:w0 'on_device_loss="exit"'
serve dns "$server"
answers "$client"
ip -n "$server" link del w0
ends 3
grep -q 'net0 (af_packet:w0): the device is lost; the appliance ends' "$tmp/dns.log" || fail "the end has no reason in the log"
