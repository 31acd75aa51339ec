# load: a stream of queries, each answered once and rightly, in the page that it came in.
# shellcheck shell=sh
stream $v4 10000 -n 1000
wadi-ctl "xen:$guest" ports >/tmp/ports || fail "wadi-ctl: ports"
grep -q "^copies" /tmp/ports || fail "ports does not tell the copies"
expect 0 "$(awk '$1 == "copies" { sum += $2 } END { print sum }' /tmp/ports)" "pages that were copied"
