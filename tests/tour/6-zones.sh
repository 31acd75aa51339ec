#!/bin/bash
# 10,000 zones of a folder: the start, the tables, a reload with one more, one less, one broken.
. "$(dirname "$0")/lib.sh"
cable
rm -rf /etc/wadi/many
install -d /etc/wadi/many
for i in $(seq -f %05.0f 10000); do
	# shellcheck disable=SC2016 # zone files have directives that begin so
	printf '$TTL 300\n@ SOA ns.example.org. hostmaster.example.org. 1 3600 900 604800 300\n@ NS ns.example.org.\nwww A 192.0.2.80\n' >"/etc/wadi/many/z$i.example.zone"
done
conf dns <<JSON
{ "ports": [ { "name": "net0", "device": "af_packet:eth1", "ipv4": "10.53.0.2/24" } ],
  "control": { "socket": "/run/wadi/dns.sock" },
  "dns": { "zones": [ { "directory": "many" } ] } }
JSON
try 'wadi-dns check'
succeeds
begin dns 'sudo wadi-dns'
shows dns 'serving 10000 zones \(30000 records\)' 60
[ "$(wc -l <"$work/dns.log")" -le 5 ] || fail "the start logs $(wc -l <"$work/dns.log") lines"
try 'sudo ip netns exec client dig +short +tries=5 @10.53.0.2 www.z10000.example'
expect 192.0.2.80 "the answer of the last zone"
try 'sudo wadi-ctl zones | head -n 5'
look 'sudo wadi-ctl zones after z09998.example'
says '^origin +z09999\.example\.' '^origin +z10000\.example\.'
try 'sudo wadi-ctl zones | wc -l'
try 'sudo wadi-ctl zones --json | python3 -c "import json, sys; print(len(json.load(sys.stdin)[\"zones\"]))"'
expect 10000 "zones in the one JSON object"

rm /etc/wadi/many/z00003.example.zone
sed 's/192.0.2.80/192.0.2.81/' /etc/wadi/many/z00001.example.zone >/etc/wadi/many/new.example.zone
sed -i 's/192.0.2.80/192.0.2.888/' /etc/wadi/many/z00002.example.zone
look 'sudo wadi-ctl reload'
fails_with 1
says '^loaded +1$' '^removed +1$' '^failed +1$' '^z00002\.example\. +kept as it was ' 'found "192\.0\.2\.888"'
[ "$(wc -l <<<"$said")" -le 30 ] || fail "the reload prints $(wc -l <<<"$said") lines"
look 'sudo wadi-ctl zones stale'
says 'z00002\.example\.'
try 'sudo ip netns exec client dig +short +tries=5 @10.53.0.2 www.new.example'
expect 192.0.2.81 "the answer of the new zone"
try 'sudo ip netns exec client dig +short +tries=5 @10.53.0.2 www.z00002.example'
expect 192.0.2.80 "the answer of the zone that is broken now"
end dns
