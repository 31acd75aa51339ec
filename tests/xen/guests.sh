# guests: the guests of tests/xen/plan, each a function that has it running and answering.
# Their images are those of tests/xen/run.
# shellcheck shell=sh

kernel_words="console=hvc0 quiet loglevel=4"
# For guests that one client asks as fast as it can.
unlimited="wadi.set=dns.rate_limit.enabled=false"

# The usual one, on two bridges, with dom0 as the collector of its log.
guest_pair() {
	collector 514 >/tmp/syslog &
	create pair pair
	answers $v4
}

# wadi-echo, and the same without packets of several segments.
guest_echo() {
	create echo echo
	echoes
}
guest_single() {
	create single echo "extra=\"$kernel_words wadi.set=ports[0].device=xen:vif/0,gso=0\""
	echoes
}

# wadi-sdn, whose REST interface answers.
guest_sdn() {
	create sdn sdn
	try 90 rest status || fail "no answer of the REST interface"
}

# One that never waits for events.
guest_spin() {
	create spin dns "extra=\"$kernel_words wadi.set=idle=spin $unlimited\""
	answers $v4
}

# One that is told by xenstore who it is: its address, a zone, and to have two workers,
# so that its vif gets two queues. It trusts the backend less than the others do: packets
# are copied.
guest_queues() {
	create -p queues dns vcpus=2
	node=/local/domain/$(domid)/vm-data/wadi
	xenstore-write "$node/set/workers" 2 "$node/set/ports/0/ipv4" 10.53.0.7/24 \
		"$node/set/ports/0/device" xen:vif/0,copy=1 "$node/set/dns/rate_limit/enabled" false \
		"$node/files/0/name" zones/example.org.zone "$node/files/0/text" "\$TTL 1h
@ SOA ns1 hostmaster 1 2h 30m 2w 5m
@ NS ns1
ns1 A 10.53.0.2
www A 192.0.2.99
*.wild A 192.0.2.100"
	xl unpause queues
	answers 10.53.0.7
}

# One with a configuration that is wrong, so that it ends by itself.
guest_wrong() {
	create wrong dns "extra=\"$kernel_words wadi.set=workers=none\""
	gone || fail "it runs on with a wrong configuration"
}

# One for the comparison, and beside it NSD's, which needs more memory to start.
guest_compare() {
	create compare dns memory=128 maxmem=128 \
		"extra=\"$kernel_words $unlimited\""
	answers $v4
	create nsd nsd memory=128 maxmem=128
	guest=nsd
	answers 10.53.0.3
}

# One after the other, with ever more memory, until one answers.
guest_least() {
	memory=32
	until xl_create least dns memory=$memory maxmem=$memory && first_answer 60; do
		! runs || xl destroy least
		gone
		memory=$((memory + 4))
		[ $memory -le 128 ] || fail "none answers"
	done
	figure "least memory that starts with: $memory MB"
}

# first_answer TRIES: whether there is one while the guest runs.
first_answer() {
	tries=$1
	until answer $v4; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] && runs || return 1
		sleep 0.5
	done
}

# One whose kernel tells when it starts process 1, and whose address needs no resolution,
# which would be tried once a second.
guest_timed() {
	arp -i xenbr0 -s $v4 00:16:3e:00:00:01
	create timed dns "extra=\"console=hvc0 loglevel=7\"" 'vif=["mac=00:16:3e:00:00:01,bridge=xenbr0"]'
}

# One whose process 1 is a shell that starts the appliance, and kills it at a word.
guest_kill() {
	create kill lab "extra=\"$kernel_words rdinit=/lab/init\""
	answers $v4
}
