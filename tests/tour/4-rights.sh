#!/bin/bash
# Not root: with the capabilities that docs/operations.md lists for each device, and without.
. "$(dirname "$0")/lib.sh"
cable
ip netns exec client ethtool -K eth1 tx off >/dev/null

# serve_with DEVICE CAPABILITY...: as user wadi, who has only those.
serve_with() {
	local device=$1 list
	shift
	list=$(printf ',+%s' "$@")
	install -d -o wadi -g wadi /run/wadi
	begin dns "sudo setpriv --reuid wadi --regid wadi --clear-groups --inh-caps=-all$list --ambient-caps=-all$list --bounding-set=-all$list wadi-dns -c /etc/wadi/dns.json --set ports[0].device=$device"
}

serve_with af_packet:eth1 net_raw
shows dns 'serving 1 zone'
try 'sudo ip netns exec client dig +short +tries=5 @10.53.0.2 www.example.org'
expect $'192.0.2.80\n192.0.2.81' "the answer by af_packet"
said=$(ps -o user= -C wadi-dns)
expect wadi "the user that serves"
end dns
serve_with af_xdp:eth1 net_raw net_admin bpf ipc_lock
shows dns 'serving 1 zone'
try 'sudo ip netns exec client dig +short +tries=5 @10.53.0.2 www.example.org'
expect $'192.0.2.80\n192.0.2.81' "the answer by af_xdp"
end dns
serve_with tap:wadi0 net_admin
shows dns 'serving 1 zone'
end dns

# What is missing is named.
for device in af_packet:eth1=CAP_NET_RAW af_xdp:eth1=CAP_BPF tap:wadi0=CAP_NET_ADMIN; do
	try "wadi-dns -c /etc/wadi/dns.json --set ports[0].device=${device%=*} --set control.socket=/home/op/tour/dns.sock"
	fails_with 1
	says "${device%=*}.*${device#*=}"
done
