# single: the same segment by segment, for this guest's option gso is 0.
# shellcheck shell=sh
bulk_both_ways
expect "0 0" "$(tcp large_sent) $(tcp large_received)" "packets of several segments"
