#!/bin/bash
# TCP in packets of several segments through drivers of DPDK's, which stay whole from net_virtio_user
# through a vhost-user socket, as to a virtual switch, and a TAP to the kernel as the peer: every
# byte of what goes both ways is compared.
. "$(dirname "$0")/lib.sh"
patch=$(program patch)
[ -n "$echo_server" ] || skip "$build holds no wadi-echo"
[ -n "$patch" ] || skip "$build has no DPDK"

# tcp COLUMN: a counter of the appliance's TCP.
tcp() {
	"$ctl" "$tmp/echo.sock" stats --json | python3 -c "
import json, sys
rows = json.load(sys.stdin)['tcp']
print((rows[0] if isinstance(rows, list) else rows)['$1'])"
}

netns "$host"
start switch "$host" "$patch" "vdev:net_vhost0,iface=$tmp/vhost,tso=1" tap:wadi0
poll 10 test -S "$tmp/vhost" || fail "net_vhost does not listen: $(cat "$tmp/switch.log")"
start echo "$host" "$echo_server" serve -c config/echo.json --set "control.socket=$tmp/echo.sock" \
	--set "ports[0].device=vdev:net_virtio_user0,path=$tmp/vhost" --set log.level=debug
ready echo
offloads=$(sed -n 's/.* offloads: //p' "$tmp/echo.log")
[[ $offloads == *tso4\ tso6 ]] || fail "offloads of net_virtio_user: $offloads"
host_side "$host" wadi0
before=0
for address in 10.53.0.2 fd53::2; do
	within "$host" timeout $((60 * scale)) python3 tests/net/tcp_peer.py $address bulk 5000000 || fail "bulk to $address"
	after=$(tcp large_sent)
	[ $((after - before)) -gt 50 ] || fail "$address: $((after - before)) packets of several segments sent"
	note "$address: $((after - before)) packets of several segments sent for 5 MB"
	before=$after
done
for reason in tx.refused tx.too_long rx.too_long tcp.cksum tcp.gso; do
	expect 0 "$(drops echo $reason)" "frames dropped as $reason"
done

# The switch ends: the port has no link, and its pages are not lost.
stop switch
within "$host" ip link show wadi0 >/dev/null 2>&1 && fail "the switch's TAP is still there"
stop echo
expect 0 $status "exit status"
