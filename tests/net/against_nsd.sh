#!/bin/bash
# NSD as a second opinion: the same zones, the same questions, the same sections.
. "$(dirname "$0")/lib.sh"

command -v nsd >/dev/null || skip "nsd is not installed; tools/deps test installs it"
netns "$host"
conf dns tap:wadi0
# The example zone, and a made one with every turn that a lookup can take.
python3 tests/net/made_zone.py "$tmp/made.zone" "$tmp/questions"
cat >"$tmp/dns.json" <<-END
{ "ports": [ { "name": "net0", "device": "tap:wadi0", "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64" } ],
  "control": { "socket": "$tmp/dns.sock" },
  "dns": { "zones": [ { "origin": "example.org", "file": "$root/config/zones/example.org.zone" },
                      { "origin": "made.example", "file": "$tmp/made.zone" } ],
	           "rate_limit": { "enabled": false } } }
END
cat >"$tmp/nsd.conf" <<-END
server:
  ip-address: 10.53.0.1
  server-count: 1
  username: ""
  database: ""
  pidfile: "$tmp/nsd.pid"
  xfrdfile: "$tmp/xfrd.state"
  zonelistfile: "$tmp/zone.list"
  xfrdir: "$tmp"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: example.org
  zonefile: $root/config/zones/example.org.zone
zone:
  name: made.example
  zonefile: $tmp/made.zone
END
serve dns "$host"
host_side "$host" wadi0
start nsd "$host" nsd -d -c "$tmp/nsd.conf"
poll 10 within "$host" dig @10.53.0.1 example.org SOA +tries=1 +time=1 || fail "NSD does not start"

# sections SERVER: a line per record: question number, section, record.
sections() {
	within "$host" dig "@$1" +norecurse +nocookie +tries=3 +time=1 -f "$tmp/questions" | awk '
		/^;; ->>HEADER/ { n++; match($0, /status: [A-Z]+/); print n, "status", substr($0, RSTART + 8, RLENGTH - 8) }
		/^;; flags:/ { sub(/;; flags: */, ""); sub(/;.*/, ""); print n, "flags", $0 }
		/^;; [A-Z]+ SECTION:/ { section = tolower($2); next }
		/^$/ { section = "" }
		section && section != "question" && !/^;/ { $1 = tolower($1); print n, section, $0 }
		section == "question" && /^;/ { print n, "question", $0 }' | sort -n
}
sections 10.53.0.1 >"$tmp/nsd.sections"
sections 10.53.0.2 >"$tmp/dns.sections"
total=$(wc -l <"$tmp/questions")
expect "$total" "$(grep -c ' status ' "$tmp/nsd.sections")" "answers of NSD"
expect "$total" "$(grep -c ' status ' "$tmp/dns.sections")" "answers of wadi-dns"
python3 tests/net/compare.py "$tmp/nsd.sections" "$tmp/dns.sections" || fail "the answers differ (above)"
note "$total questions answered alike"
