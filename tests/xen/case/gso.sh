# gso: a packet that TCP has yet to segment, its checksum blank, comes as it is, in a
# chain of pages; and the guest, which has no TCP, goes on.
# shellcheck shell=sh
counted() {
	wadi-ctl "xen:$guest" ports --json | tr ',{' '\n\n' | sed -n "/\"$1\"/,/value/s/.*\"value\": *\([0-9]*\).*/\1/p" | head -n 1
}
# At least as many of each as were sent.
all_came() {
	[ "$(counted rx_gso)" -ge 5 ] && [ "$(counted rx_blank)" -ge 5 ] && [ "$(counted rx_chains)" -ge 5 ]
}
mac=$(xenstore-read "/local/domain/$(domid)/device/vif/0/mac")
for _ in 1 2 3 4 5; do
	segments xenbr0 10.53.0.1 $v4 "$mac" || fail "the packet cannot be sent"
done
try 20 all_came || fail "rx_gso $(counted rx_gso), rx_blank $(counted rx_blank), rx_chains $(counted rx_chains)"
stream $v4 200
