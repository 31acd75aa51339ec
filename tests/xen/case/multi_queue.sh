# multi_queue: each of two workers has a queue of its own, and answers on it. dom0 chooses
# the queue by a hash of addresses and ports, so that streams from enough ports reach both.
# shellcheck shell=sh
received() {
	awk -v worker="$1" '$1 == worker && NF == 8 { told = $5 } END { print told + 0 }' "$(console "$guest")"
}
streams=0
until [ "$(received 0)" -ge 100 ] && [ "$(received 1)" -ge 100 ]; do
	[ $((streams += 1)) -le 30 ] || fail "after $streams streams the workers have received $(received 0) and $(received 1)"
	load 10.53.0.7 200 ns1.example.org >/tmp/load || fail "$(cat /tmp/load)"
	type_in "$guest" stats
	sleep 0.5
done
note "the workers received $(received 0) and $(received 1)"
