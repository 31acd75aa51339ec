#!/bin/bash
# Mistakes in arguments and configuration end with one sentence and the right status.
. "$(dirname "$0")/lib.sh"

# refused STATUS PATTERN ARGUMENT...
refused() {
	local wanted=$1 pattern=$2 got=0
	shift 2
	"$dns" "$@" >"$tmp/out.log" 2>&1 </dev/null || got=$?
	expect "$wanted" $got "exit status of wadi-dns $*: $(tail -n 1 "$tmp/out.log")"
	grep -qE "$pattern" "$tmp/out.log" || fail "wadi-dns $* does not say '$pattern': $(cat "$tmp/out.log")"
}

# edited EXPRESSION: the sound configuration with one mistake.
edited() {
	conf dns tap:wadi0
	sed -i "$1" "$tmp/dns.json"
}

conf dns tap:wadi0
"$dns" check -c "$tmp/dns.json" || fail "a sound configuration is refused"
refused 2 '[Uu]sage|help' serve --no-such-option
refused 2 '[Uu]sage|help' no-such-command
refused 1 'missing.json' serve -c "$tmp/missing.json"

while IFS='|' read -r expression pattern; do
	edited "$expression"
	refused 1 "$pattern" serve -c "$tmp/dns.json"
	refused 1 "$pattern" check -c "$tmp/dns.json"
done <<'END'
s/"workers": 1/"workers": 0/|dns.json:1: .*workers
s/"workers": 1/"workers": "one"/|dns.json:1: .*workers
s/"workers"/"wokers"/|dns.json:1: .*wokers
s/"gateway4": "10.53.0.1"/"gateway4": "10.53.0"/|dns.json:3: .*gateway4
s/10.53.0.2.24/10.53.0.2\/33/|dns.json:2: .*ipv4
s/tap:wadi0/tpa:wadi0/|tpa
s/"example.org", "file"/"example..org", "file"/|example\.\.org
s/dns.zone/none.zone/|none.zone
s/} ]/}/|dns.json:[0-9]+
s/"origin": "example.org", //|dns.zones.0.: give either origin and file, origin and image, or directory
s/"origin": "example.org"/"directory": "zones"/|dns.zones.0.: give either origin and file, origin and image, or directory
s/"origin".*zone"/"directory": "nowhere"/|dns.zones.0..directory: .*nowhere cannot be read: No such file
s/"origin".*zone"/"directory": ".", "pattern": "zone"/|dns.json:5: dns.zones.0..pattern: "zone" is not a file name pattern
s/"zones": .*/"zones": [ { "origin": "a", "file": "dns.zone" }, { "origin": "A.", "file": "x" } ],/|two zones have the origin a\.
END

# A mistake within a zone that is not alone does not keep the others from being served.
netns "$host"
conf dns tap:wadi0
zone other.zone
echo "www A not-an-address" >>"$tmp/other.zone"
sed -i 's/"zones": \[/& { "origin": "broken.org", "file": "other.zone" },/' "$tmp/dns.json"
serve dns "$host"
host_side "$host" wadi0
expect 192.0.2.80 "$(ask "$host" www.example.org A)" "answer of the zone that is sound"
within "$host" dig @10.53.0.2 www.broken.org A +tries=1 | grep -q 'status: SERVFAIL' || fail "a zone with errors does not get SERVFAIL"
grep -q '1 of 2 zones have errors' "$tmp/dns.log" || fail "the start does not tell of the broken zone"
zone other.zone
sed -i 's/example.org/broken.org/' "$tmp/other.zone"
"$ctl" "$tmp/dns.sock" reload || fail "the reload failed"
expect 192.0.2.80 "$(ask "$host" www.broken.org A)" "answer of the zone that was mended"
stop dns

# A mistake within the zone is told with its line.
conf dns tap:wadi0
echo "www A not-an-address" >>"$tmp/dns.zone"
refused 1 "dns.zone:$(wc -l <"$tmp/dns.zone")" serve -c "$tmp/dns.json"
