# console: a guest without a shell is asked at its console, by words as a person types,
# and by wadi-ctl, which finds the console in xenstore.
# shellcheck shell=sh
type_in "$guest" ports
try 20 said "^ipv4 *10.54.0.2/24" || fail "the word ports does not tell the second port's address"
wadi-ctl "xen:$guest" status >/tmp/status || fail "wadi-ctl: status"
grep -q "^zones *1" /tmp/status || fail "status does not tell the zones: $(cat /tmp/status)"
wadi-ctl "xen:$guest" ports --json >/tmp/ports || fail "wadi-ctl: ports --json"
grep -q '^{.*fd54::2/64' /tmp/ports || fail "ports --json does not tell fd54::2/64"
wadi-ctl "xen:$guest" reload >/tmp/reload || fail "wadi-ctl: reload: $(cat /tmp/reload)"
answers $v4
