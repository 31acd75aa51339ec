# lib: what jobs in the small dom0 share: bridges and guests' consoles. Read by
# busybox's sh.
# shellcheck shell=sh

# bridge NAME ADDRESS/LENGTH...
bridge() {
	bridge=$1
	shift
	brctl addbr "$bridge"
	sysctl -qw "net.ipv6.conf.$bridge.disable_ipv6=0" "net.ipv6.conf.$bridge.accept_dad=0"
	for address; do
		ip addr add "$address" dev "$bridge"
	done
	ip link set "$bridge" up
}

# console NAME: the file to which xenconsoled writes what the guest says.
console() {
	echo "/var/log/xen/console/guest-$1.log"
}

# show NAME: lets the guest's console come out on dom0's, in the background, for good.
show() {
	: >>"$(console "$1")"
	tail -f -n +1 "$(console "$1")" | sed "s/^/[$1] /" &
}
