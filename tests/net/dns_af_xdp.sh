#!/bin/bash
# DNS on a Linux interface through an XDP socket; the program is gone at the end.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_xdp:w0

serve dns "$server"
answers "$client"
ip -n "$server" link show w0 | grep -q xdp || fail "no XDP program on w0 while it is served"
stop dns
expect 0 $status "exit status after SIGTERM"
ip -n "$server" link show w0 | grep -q xdp && fail "an XDP program was left on w0"

# And again, on an interface that was used before.
serve dns "$server"
answers "$client"
