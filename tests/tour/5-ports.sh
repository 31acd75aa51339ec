#!/bin/bash
# Two ports of different kinds; a port with IPv6 only; a VLAN.
. "$(dirname "$0")/lib.sh"
cable
zones='"dns": { "zones": [ { "origin": "example.org", "file": "zones/example.org.zone" } ] }'

conf dns <<JSON
{ "ports": [ { "name": "outside", "device": "af_packet:eth1", "ipv4": "10.53.0.2/24", "gateway4": "10.53.0.1" },
             { "name": "inside", "device": "tap:wadi0", "ipv4": "10.54.0.2/24" } ],
  "control": { "socket": "/run/wadi/dns.sock" },
  $zones }
JSON
begin dns 'sudo wadi-dns'
shows dns 'serving 1 zone .*outside .*inside'
ip addr add 10.54.0.1/24 dev wadi0
ip link set wadi0 up
try 'sudo ip netns exec client dig +short +tries=5 @10.53.0.2 www.example.org'
expect $'192.0.2.80\n192.0.2.81' "the answer of one port"
try 'dig +short +tries=5 @10.54.0.2 www.example.org'
expect $'192.0.2.80\n192.0.2.81' "the answer of the other"
look 'sudo wadi-ctl ports'
says '^name +outside' '^name +inside'
end dns

conf dns <<JSON
{ "ports": [ { "name": "net0", "device": "af_packet:eth1", "ipv6": "fd53::2/64", "gateway6": "fd53::1" } ],
  "control": { "socket": "/run/wadi/dns.sock" },
  $zones }
JSON
begin dns 'sudo wadi-dns'
shows dns 'serving 1 zone'
try 'sudo ip netns exec client dig +short +tries=5 @fd53::2 www.example.org'
expect $'192.0.2.80\n192.0.2.81' "the answer of a port with IPv6 only"
look 'sudo wadi-ctl ports'
says '^ipv4 +-$'
end dns

conf dns <<JSON
{ "ports": [ { "name": "net0", "device": "af_packet:eth1", "vlan": 7, "ipv4": "10.57.0.2/24" } ],
  "control": { "socket": "/run/wadi/dns.sock" },
  $zones }
JSON
# Not every kernel has VLAN devices to ask from; tests/net/vlan.sh sends tagged frames.
if ip -n client link add link eth1 name eth1.7 type vlan id 7 2>/dev/null; then
	ip -n client addr add 10.57.0.1/24 dev eth1.7
	ip -n client link set eth1.7 up
fi
begin dns 'sudo wadi-dns'
shows dns 'serving 1 zone'
if ip -n client link show eth1.7 >/dev/null 2>&1; then
	try 'sudo ip netns exec client dig +short +tries=5 @10.57.0.2 www.example.org'
	expect $'192.0.2.80\n192.0.2.81' "the answer on a VLAN"
fi
look 'sudo wadi-ctl ports'
says '^vlan +7$'
end dns
