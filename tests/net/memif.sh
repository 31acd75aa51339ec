#!/bin/bash
# DNS over shared memory: wadi-dns on one end of a memif; on the other a second
# process of ours that ties it to a TAP, where dig is.
. "$(dirname "$0")/lib.sh"

netns "$host"
mkdir "$tmp/sockets" "$tmp/control" # the sandbox knows each from a key of its own
conf dns "memif:$tmp/sockets/memif,role=server"
sed -i "s|$tmp/dns.sock|$tmp/control/dns.sock|" "$tmp/dns.json"
ln -s control/dns.sock "$tmp/dns.sock"
serve dns "$host"
start patch "$host" "$(program patch)" "memif:$tmp/sockets/memif,role=client" tap:wadi0
linked() {
	ip -n "$host" link show wadi0
}
poll 10 linked || fail "the second process made no TAP"
host_side "$host" wadi0
reached() {
	within "$host" ping -c 1 -W 1 10.53.0.2
}
poll 10 reached || fail "no echo through the memif"
answers "$host"
within "$host" ping -c 300 -i 0.002 -s 1472 -q -W 2 10.53.0.2 | grep -q ' 0% packet loss' ||
	fail "a fast ping with full frames loses replies"

# The far end may go and come again.
stop patch
expect 0 $status "exit status of the second process"
start patch "$host" "$(program patch)" "memif:$tmp/sockets/memif,role=client" tap:wadi0
poll 10 linked || fail "the second process made no TAP the second time"
host_side "$host" wadi0
poll 10 reached || fail "no echo after the far end came again"
answers "$host"

stop dns
expect 0 $status "exit status of wadi-dns"
[ ! -e "$tmp/sockets/memif" ] || fail "the memif socket outlived its process"
