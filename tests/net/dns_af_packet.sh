#!/bin/bash
# DNS on a Linux interface through packet sockets; two starts on the same one.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0

for signal in TERM INT; do
	serve dns "$server"
	answers "$client"
	stop dns $signal
	expect 0 $status "exit status after SIG$signal"
done
