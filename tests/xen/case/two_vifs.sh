# two_vifs: each interface serves its own network, and no packet takes the other's.
# shellcheck shell=sh
from_guest() {
	cat "/sys/class/net/vif$(domid).$1/statistics/rx_packets"
}
pings ping 10.54.0.2 10
pings ping6 fd54::2 10
before=$(from_guest 0)
stream 10.54.0.2 500
stream fd54::2 500
after=$(from_guest 0)
# Neighbour discovery of its own may come in between.
[ $((after - before)) -lt 50 ] || fail "$((after - before)) packets left by the other interface"
for pair in "10.53.0.2 xenbr0 0" "10.54.0.2 xenbr1 1"; do
	# shellcheck disable=SC2086 # the words of a line
	set -- $pair
	mac=$(xenstore-read "/local/domain/$(domid)/device/vif/$3/mac")
	ip neigh show dev "$2" | grep -q "^$1 .*$mac" || fail "$1 is not at $mac on $2"
done
