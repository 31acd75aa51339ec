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
s/} ]/}/|dns.json:[0-9]+
s/"origin": "example.org", //|dns.zones.0.: give either origin and file, origin and image, or directory
s/"origin": "example.org"/"directory": "zones"/|dns.zones.0.: give either origin and file, origin and image, or directory
s/"origin".*zone"/"directory": "nowhere"/|dns.zones.0..directory: .*nowhere cannot be read: No such file
s/"origin".*zone"/"directory": ".", "pattern": "zone"/|dns.json:5: dns.zones.0..pattern: "zone" is not a file name pattern
s/"zones": .*/"zones": [ { "origin": "a", "file": "dns.zone" }, { "origin": "A.", "file": "x" } ],/|two zones have the origin a\.
END

# Devices and addresses are checked with the keys: the broken zone is not read.
while IFS='|' read -r expression pattern; do
	edited "$expression"
	echo "www A not-an-address" >>"$tmp/dns.zone"
	refused 1 "dns.json:$pattern" serve -c "$tmp/dns.json"
	! grep -q 'not-an-address' "$tmp/out.log" || fail "the zone is read before the error at dns.json:$pattern"
	refused 1 "dns.json:$pattern" check -c "$tmp/dns.json"
done <<'END'
s!tap:wadi0!tap:a/b!|2: ports.0..device: "tap:a/b" names "a/b", which cannot be an interface
s!tap:wadi0!tap:a,mac=1!|2: ports.0..device: .* gives option mac the value "1"
s!tap:wadi0!af_packet:lo,foo=1!|2: ports.0..device: .* has no option "foo"
s!tap:wadi0!af_packet:lo,frames=1!|2: ports.0..device: .* is not a number from 64 to 65536
s!tap:wadi0!pcap:a!|2: ports.0..device: "pcap:a" lacks its argument: pcap:IN,OUT
s!tap:wadi0!memif:x!|2: ports.0..device: "memif:x" names a socket without a slash; write ./x
s!tap:wadi0!pci:1!|2: ports.0..device: .* is not a PCI address
s!"name": "net0"!"mtu": 100, &!|2: ports.0..mtu: must be 0 or from 1280 to 65000, not 100
s!10.53.0.2/24!10.53.0.0/24!|2: ports.0..ipv4: 10.53.0.0/24 is the address of the network itself
s!10.53.0.2/24!10.53.0.255/24!|2: ports.0..ipv4: 10.53.0.255/24 is the broadcast address
s!10.53.0.2/24!127.0.0.1/8!|2: ports.0..ipv4: 127.0.0.1/8 is a loopback address
s!"10.53.0.1"!"10.77.0.1"!|3: ports.0..gateway4: 10.77.0.1 lies in none of the port's networks
s!"10.53.0.1"!"10.53.0.2"!|3: ports.0..gateway4: 10.53.0.2 is the port's own address
s!"ipv4": "10.53.0.2/24"!"ipv4": ["10.53.0.2/24", "10.53.0.2/24"]!|2: ports.0..ipv4.1.: 10.53.0.2 is there already
s!"zones": .*!"zones": [{"origin": "a", "file": "dns.zone"}, {"origin": "A.", "file": "x"}],!|5: dns.zones.1..origin: two zones have the origin
s!"zones": .*!& "checks": [{"check": "ttl-differs", "as": "error"}, {"check": "ttl-differs", "as": "ignore"}],!|5: dns.checks.1..check: .* is set otherwise by dns.checks.0.
END

# What only the machine can say is an error of a start and a warning of check.
edited 's/tap:wadi0/af_packet:wadi-none/'
echo "www A not-an-address" >>"$tmp/dns.zone"
refused 1 'dns.json:2: ports.0..device: af_packet:wadi-none: there is no such interface' serve -c "$tmp/dns.json"
! grep -q 'not-an-address' "$tmp/out.log" || fail "the zone is read before the interface is looked for"
conf dns af_packet:wadi-none
"$dns" check -c "$tmp/dns.json" >"$tmp/out.log" 2>&1 || fail "check fails for an interface of another machine"
grep -q 'dns.json:2: warning: ports.0..device: .* there is no such interface' "$tmp/out.log" || fail "check does not warn"

conf dns 'impair(loss=1%):xen:vif/0'
if [ ! -e /dev/xen/xenbus ]; then
	"$dns" check -c "$tmp/dns.json" >"$tmp/out.log" 2>&1 || fail "check fails for a device of a guest"
	grep -q 'dns.json:2: warning: ports.0..device: xen:vif/0: it needs a Xen guest' "$tmp/out.log" ||
		fail "check does not say that a guest is needed: $(cat "$tmp/out.log")"
	echo "www A not-an-address" >>"$tmp/dns.zone"
	refused 1 'dns.json:2: ports.0..device: xen:vif/0: it needs a Xen guest' serve -c "$tmp/dns.json"
	! grep -q 'not-an-address' "$tmp/out.log" || fail "the zone is read before the device is looked at"
fi

# All errors of all files in one run; an option is blamed for its own.
edited 's/"workers": 1/"workers": 0, "include": ["conf.d", "none.json"]/; s/tap:wadi0/tap:a\/b/; s/dns.zone/none.zone/'
mkdir "$tmp/conf.d"
printf '{ // one\n"log": {\n"level": "loud" } }\n' >"$tmp/conf.d/log.json"
refused 1 'dns.json: there are 5 errors' check -c "$tmp/dns.json" --set foo.bar=1
for error in 'dns.json:1: include: .*none.json cannot be read' '^--set foo.bar=1: foo: is not a known key; known here: workers,' \
	'dns.json:1: workers: ' 'dns.json:2: ports.0..device: ' 'conf.d/log.json:3: log.level: must be'; do
	grep -q "$error" "$tmp/out.log" || fail "check does not report '$error': $(cat "$tmp/out.log")"
done
refused 1 'configuration: there are [0-9]* errors; --set without -c reads no file$' serve --set workers=2
refused 1 'error: .*dns.json: there are 5 errors' serve -c "$tmp/dns.json" --set foo.bar=1
expect 6 "$(grep -c 'error: ' "$tmp/out.log")" "lines of the log about errors"

# What is no JSON text is named.
gzip -c config/dns.json >"$tmp/dns.json"
refused 1 'dns.json:1: this file is compressed by gzip' check -c "$tmp/dns.json"
iconv -t UTF-16 config/dns.json >"$tmp/dns.json"
refused 1 'dns.json:1: this is UTF-16 text' check -c "$tmp/dns.json"

# A mistake within a zone that is not alone does not keep the others from being served.
netns "$host"
conf dns tap:wadi0
zone other.zone
echo "www A not-an-address" >>"$tmp/other.zone"
sed -i 's/"zones": \[/& { "origin": "broken.org", "file": "other.zone" },/' "$tmp/dns.json"
serve dns "$host"
host_side "$host" wadi0
expect 192.0.2.80 "$(ask "$host" www.example.org A)" "answer of the zone that is sound"
within "$host" dig @10.53.0.2 www.broken.org A +tries=1 | has_line 'status: SERVFAIL' || fail "a zone with errors does not get SERVFAIL"
grep -q '1 of 2 zones have errors' "$tmp/dns.log" || fail "the start does not tell of the broken zone"
zone other.zone
sed -i 's/example.org/broken.org/' "$tmp/other.zone"
"$ctl" "$tmp/dns.sock" reload || fail "the reload failed"
expect 192.0.2.80 "$(ask "$host" www.broken.org A)" "answer of the zone that was mended"
stop dns

# A TAP has a queue for as many workers as there can be.
conf many tap:wadi0 workers=64
serve many "$host"
host_side "$host" wadi0
expect 192.0.2.80 "$(ask "$host" www.example.org A)" "answer of one of 64 workers"
"$ctl" "$tmp/many.sock" health | has_line '^workers *ok *64 of 64' || fail "not all of 64 workers take their turns"
stop many

# A file that is missing is an error of check, while a server starts and waits for it.
edited 's/dns.zone/none.zone/'
refused 1 'none.zone' check -c "$tmp/dns.json"

# A mistake within the zone is told with its line.
conf dns tap:wadi0
echo "www A not-an-address" >>"$tmp/dns.zone"
refused 1 "dns.zone:$(wc -l <"$tmp/dns.zone")" check -c "$tmp/dns.json"

# A virtual device whose driver is not linked.
if "$dns" --help | has_line '^  vdev:'; then
	edited 's!tap:wadi0!vdev:net_nothing0!'
	refused 1 'vdev:net_nothing0: this build has no driver for the device' serve -c "$tmp/dns.json"
fi
