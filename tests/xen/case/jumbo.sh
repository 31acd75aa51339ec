# jumbo: frames of 8,000 bytes, which take several pages each way.
# shellcheck shell=sh
vif=vif$(domid).0
expect 9000 "$(cat "/sys/class/net/$vif/mtu")" "MTU of $vif"
ip link set xenbr0 mtu 9000
pings ping $v4 20 -s 8000
pings ping6 $v6 20 -s 8000
# None of it came in fragments.
expect 0 "$(awk '/^Ip:/ && ++n == 2 { print $(NF - 2) }' /proc/net/snmp)" "fragments that dom0 sent"
