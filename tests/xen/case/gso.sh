# gso: a packet that TCP has yet to segment, its checksum blank, comes as it is, in a
# chain of pages; and the guest, which has no such connection, goes on.
# shellcheck shell=sh
# At least as many of each as were sent.
all_came() {
	[ "$(port rx_gso)" -ge 5 ] && [ "$(port rx_blank)" -ge 5 ] && [ "$(port rx_chains)" -ge 5 ]
}
mac=$(xenstore-read "/local/domain/$(domid)/device/vif/0/mac")
for _ in 1 2 3 4 5; do
	segments xenbr0 10.53.0.1 $v4 "$mac" || fail "the packet cannot be sent"
done
try 20 all_came || fail "rx_gso $(port rx_gso), rx_blank $(port rx_blank), rx_chains $(port rx_chains)"
stream $v4 200
