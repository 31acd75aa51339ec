# openflow: emulated switches, which wadi-bench puts on dom0's bridge with an address of their own, ask the
# guest what to do with frames; it learns their hosts and says so over REST.
# shellcheck shell=sh
wadi-bench of --to $v4 --device af_packet:xenbr0 --from 10.53.0.9/24 --switches 2 --hosts 10 --window 1 \
	--duration 10 >/tmp/of 2>&1 &
load=$!
serving() {
	[ "$(rest switches | grep -o '"state":"serving"' | wc -l)" = 2 ]
}
learned() {
	[ "$(rest 'hosts?limit=100' | grep -o '"mac":' | wc -l)" = 20 ]
}
try 60 serving || fail "the switches are not served: $(rest switches 2>&1) $(cat /tmp/of)"
try 60 learned || fail "hosts: $(rest 'hosts?limit=100' 2>&1)"
wait $load || fail "wadi-bench: $(cat /tmp/of)"
grep -q '^[1-9][0-9]* answers/s in ' /tmp/of || fail "no answers: $(cat /tmp/of)"
figure "$guest, OpenFlow 1.3, 2 switches: $(grep ' answers/s in ' /tmp/of)"
! get $v4 8181 /api/v1/status wrong-token-of-a-guest >/tmp/got 2>&1 || fail "a wrong token is taken"
