#!/bin/bash
# The query log, moved away and opened again as docs/operations.md has it.
. "$(dirname "$0")/lib.sh"
cable
install -d -o wadi -g wadi /var/log/wadi
conf dns <<JSON
{ "ports": [ { "name": "net0", "device": "af_packet:eth1", "ipv4": "10.53.0.2/24" } ],
  "control": { "socket": "/run/wadi/dns.sock" },
  "dns": { "zones": [ { "origin": "example.org", "file": "zones/example.org.zone" } ],
           "query_log": { "file": "/var/log/wadi/queries.log" } } }
JSON
try 'wadi-dns check'
begin dns 'sudo wadi-dns'
shows dns 'serving 1 zone'
try 'sudo ip netns exec client dig +short +tries=5 @10.53.0.2 www.example.org'
poll 10 test -s /var/log/wadi/queries.log || fail "the query is not in the log"
try 'sudo cat /var/log/wadi/queries.log'
says '10\.53\.0\.1.*www\.example\.org.*NOERROR'
try 'sudo mv /var/log/wadi/queries.log /var/log/wadi/queries.log.1 && sudo pkill -HUP -x wadi-dns'
poll 10 test -e /var/log/wadi/queries.log || fail "no new log is opened"
try 'sudo ip netns exec client dig +short +tries=5 @10.53.0.2 nothing.example.org'
poll 10 grep -q NXDOMAIN /var/log/wadi/queries.log || fail "the query is not in the new log"
try 'sudo cat /var/log/wadi/queries.log'
end dns
