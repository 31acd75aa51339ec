# hold: connections go on after xl save and xl restore, every byte compared: one of each family, with
# half of its bytes sent and returned before.
# shellcheck shell=sh
rm -f /tmp/go4 /tmp/go4.half /tmp/go6 /tmp/go6.half
bulk $v4 7 2000000 /tmp/go4 >/tmp/held4 2>&1 &
held4=$!
bulk $v6 7 2000000 /tmp/go6 >/tmp/held6 2>&1 &
held6=$!
for family in 4 6; do
	try 120 test -e /tmp/go$family.half || fail "half of the bytes did not come back: $(cat /tmp/held$family)"
done
before=$(tcp opened)
xl save "$guest" /tmp/saved >/dev/null || fail "xl save fails"
! runs || fail "the guest runs on after xl save"
xl restore /tmp/saved >/dev/null || fail "xl restore fails"
rm /tmp/saved
touch /tmp/go4 /tmp/go6
wait $held4 || fail "the connection over IPv4 was lost: $(cat /tmp/held4)"
wait $held6 || fail "the connection over IPv6 was lost: $(cat /tmp/held6)"
expect "$before" "$(tcp opened)" "connections opened"
bulk $v4 7 100000 >/tmp/new 2>&1 || fail "a new connection: $(cat /tmp/new)"
