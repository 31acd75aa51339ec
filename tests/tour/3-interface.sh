#!/bin/bash
# An interface of the machine: by af_packet, then by af_xdp, each killed and started again.
. "$(dirname "$0")/lib.sh"
cable

# on DEVICE: a configuration with it.
on() {
	conf dns <<-JSON
	{ "ports": [ { "name": "net0", "device": "$1", "ipv4": "10.53.0.2/24", "gateway4": "10.53.0.1",
	               "ipv6": "fd53::2/64", "gateway6": "fd53::1" } ],
	  "control": { "socket": "/run/wadi/dns.sock" },
	  "dns": { "zones": [ { "origin": "example.org", "file": "zones/example.org.zone" } ] } }
	JSON
}

answers() {
	try 'sudo ip netns exec client dig +short +tries=5 @10.53.0.2 www.example.org'
	expect $'192.0.2.80\n192.0.2.81' "the answer over IPv4"
	try 'sudo ip netns exec client dig +short +tries=5 @fd53::2 www.example.org'
	expect $'192.0.2.80\n192.0.2.81' "the answer over IPv6"
}

on af_packet:eth1
try 'wadi-dns check'
succeeds
begin dns 'sudo wadi-dns'
shows dns 'serving 1 zone .*af_packet:eth1'
answers
for command in status ports stats drops 'drops --all' zones 'zone-status example.org' 'zone-stats' help trace reload; do
	look "sudo wadi-ctl $command"
	succeeds
done
try 'wadi-ctl status'
fails_with 1
says 'Permission denied'
try 'sudo wadi-ctl rstatus'
fails_with 1
says 'status'
try 'sudo wadi-dns'
fails_with 1
end dns KILL
begin dns 'sudo wadi-dns'
shows dns 'serving 1 zone'
answers
end dns

# The other end of a veth pair leaves checksums to a device that does not exist, of which
# af_xdp hears nothing: the README says so, and so does the log.
on af_xdp:eth1
begin dns 'sudo wadi-dns'
shows dns 'serving 1 zone .*af_xdp:eth1'
try 'sudo ip netns exec client dig +short +tries=1 +time=2 @10.53.0.2 www.example.org'
shows dns 'ethtool -K'
ip netns exec client ethtool -K eth1 tx off >/dev/null
answers
look 'sudo wadi-ctl ports'
end dns KILL
begin dns 'sudo wadi-dns'
shows dns 'serving 1 zone'
answers
end dns
