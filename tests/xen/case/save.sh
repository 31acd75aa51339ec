# save: the guest is saved, and goes on when it is restored: it tells both links at once
# that its addresses are there, and answers.
# shellcheck shell=sh
xl save "$guest" /tmp/saved >/dev/null || fail "xl save fails"
! runs || fail "the guest runs on after xl save"
# With these, what nobody asked for makes an entry.
for bridge in xenbr0 xenbr1; do
	ip neigh flush dev $bridge
	sysctl -qw net.ipv4.conf.$bridge.arp_accept=1 net.ipv6.conf.$bridge.accept_untracked_na=1 \
		net.ipv6.conf.$bridge.forwarding=1
done
xl restore /tmp/saved >/dev/null || fail "xl restore fails"
rm /tmp/saved
for pair in "10.53.0.2 xenbr0" "10.54.0.2 xenbr1" "fd53::2 xenbr0" "fd54::2 xenbr1"; do
	# shellcheck disable=SC2086 # the words of a line
	set -- $pair
	known() {
		ip neigh show dev "$2" | grep "^$1 " | grep -q lladdr
	}
	try 60 known "$@" || fail "$2 was not told of $1"
done
answers $v4
stream $v4 2000
stream 10.54.0.2 200
stream $v6 200
