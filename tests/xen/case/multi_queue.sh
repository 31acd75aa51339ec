# multi_queue: each of two workers has a queue of its own, and answers on it. dom0 chooses
# the queue by a hash of addresses and ports, so that streams from enough ports reach both.
# shellcheck shell=sh
streams=0
first=0
second=0
until [ "${first:-0}" -ge 100 ] && [ "${second:-0}" -ge 100 ]; do
	[ $((streams += 1)) -le 30 ] || fail "of $streams streams the workers received $first and $second packets"
	load 10.53.0.7 200 ns1.example.org >/tmp/load || fail "$(cat /tmp/load)"
	first=$(worker 0 5)
	second=$(worker 1 5)
done
note "of $streams streams the workers received $first and $second packets"
