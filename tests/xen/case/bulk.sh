# bulk: megabytes over TCP both ways, every byte compared, in packets of several segments, which
# dom0's kernel hands over and takes; the guest's counters tell.
# shellcheck shell=sh
bulk_both_ways
for counter in large_sent large_received; do
	[ "$(tcp $counter)" -ge 50 ] || fail "$counter is $(tcp $counter)"
done
[ "$(port rx_gso)" -ge 50 ] && [ "$(port tx_gso)" -ge 50 ] || fail "rx_gso $(port rx_gso), tx_gso $(port tx_gso)"
note "$(tcp large_sent) packets of several segments sent, $(tcp large_received) received"
