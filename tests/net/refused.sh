#!/bin/bash
# What the user of a server that root starts may not read or write is named before the first
# packet: the file, the user and what to do, each under its key; what the sandbox keeps from it
# later likewise, in the reply to a reload as in the log.
. "$(dirname "$0")/lib.sh"

chmod 755 "$tmp"
mkdir "$tmp/state" "$tmp/open"
mkdir -m 700 "$tmp/closed"
chown nobody "$tmp/state"
netns "$host"

# restricted NAME SED [SED]: a configuration whose process becomes nobody, in folder etc.
restricted() {
	conf "$1" tap:wadi0
	mkdir -p "$tmp/etc" "$tmp/zones"
	mv "$tmp/$1.zone" "$tmp/zones/"
	sed "s|$tmp/$1.zone|$tmp/zones/$1.zone|
		s|\"control\": .*|\"user\": \"nobody\", \"control\": { \"socket\": \"$tmp/state/$1.sock\" },|" "$tmp/$1.json" |
		sed "$2" >"$tmp/etc/$1.json"
	ln -sf "state/$1.sock" "$tmp/$1.sock"
}

# refused NAME SED SENTENCE: the server says just that, and does not start.
refused() {
	local got=0
	restricted "$1" "$2"
	within "$host" timeout $((20 * scale)) "$dns" serve -c "$tmp/etc/$1.json" >"$tmp/$1.log" 2>&1 || got=$?
	expect 1 "$got" "exit status of $1"
	expect "$3; give user nobody access to it" "$(sed 's/.*: error: //' "$tmp/$1.log")" "what $1 says"
}
refused socket "s|$tmp/state|$tmp/closed|" \
	"control.socket: $tmp/closed/socket.sock cannot be made: Permission denied"
refused other "s|$tmp/state|$tmp/open|" \
	"control.socket: $tmp/open/other.sock cannot be made: Permission denied"
refused folder "s|{ \"origin\": .* }|{ \"directory\": \"$tmp/closed\", \"pattern\": \"*.zone\" }|" \
	"dns.zones[0].directory: $tmp/closed cannot be read: Permission denied"
refused querylog "s|\"dns\": {|\"dns\": { \"query_log\": { \"file\": \"$tmp/open/q.log\" },|" \
	"dns.query_log.file: $tmp/open/q.log cannot be written to: Permission denied"
refused state "s|\"dns\": {|\"dns\": { \"state_directory\": \"$tmp/open\",|" \
	"dns.state_directory: $tmp/open cannot be written to: Permission denied"
refused trace "s|\"control\"|\"trace\": { \"file\": \"$tmp/open/trace\" }, \"control\"|" \
	"trace.file: $tmp/open/trace: Permission denied"

# A zone is not served, and the others are; a configuration is taken, with a warning.
restricted dns ""
chmod 600 "$tmp/etc/dns.json" "$tmp/zones/dns.zone"
start dns "$host" "$dns" serve -c "$tmp/etc/dns.json"
ready dns
host_side "$host" wadi0
grep -q "error: $tmp/zones/dns.zone: the zone file cannot be read: Permission denied; give user nobody access to it" \
	"$tmp/dns.log" || fail "the log does not name the zone file's remedy"
grep -q "warning: $tmp/etc/dns.json: a reload will not be able to read it: Permission denied; give user nobody access to it" \
	"$tmp/dns.log" || fail "the log does not name the configuration's remedy"

# reloaded FIRST...: a reload that fails, and says this in its reply and in the log.
reloaded() {
	"$ctl" "$tmp/dns.sock" reload --json >"$tmp/reply" 2>&1 && fail "a reload without access to a file succeeds"
	for sentence; do
		grep -qF "$sentence" "$tmp/reply" || fail "the reload does not say '$sentence': $(cat "$tmp/reply")"
		poll 5 grep -qF "$sentence" "$tmp/dns.log" || fail "the log does not say '$sentence'"
	done
}
reloaded "dns.json: the configuration cannot be read: Permission denied; give user nobody access to it"
chmod 644 "$tmp/etc/dns.json"
reloaded "dns.zone: the zone file cannot be read: Permission denied; give user nobody access to it"
chmod 644 "$tmp/zones/dns.zone"
"$ctl" "$tmp/dns.sock" reload >/dev/null || fail "the reload fails although all can be read"
expect 192.0.2.80 "$(ask "$host" www.example.org A)" "the answer after access was given"

# A zone in a folder that the sandbox does not know; the first one goes on.
cp "$tmp/zones/dns.zone" "$tmp/open/late.zone"
sed -i 's/example.org/late.test/' "$tmp/open/late.zone"
sed -i "s|\"zones\": \[|&{ \"origin\": \"late.test\", \"file\": \"$tmp/open/late.zone\" }, |" "$tmp/etc/dns.json"
reloaded "late.zone: the zone file cannot be read: Permission denied; the sandbox allows only what the configuration named at the start, see sandbox.read"
"$ctl" "$tmp/dns.sock" zone-status late.test | has_line 'see sandbox.read' || fail "zone-status does not name the sandbox"
expect 192.0.2.80 "$(ask "$host" www.example.org A)" "the answer beside a zone that is refused"
stop dns
expect 0 "$status" "exit status"
serve_again() {
	start dns "$host" "$dns" serve -c "$tmp/etc/dns.json" --set "sandbox.read=[\"$tmp/open\"]"
	ready dns
	host_side "$host" wadi0
}
serve_again
expect "10.53.0.2" "$(ask "$host" ns.late.test A)" "the answer of the zone in the folder that sandbox.read names"
stop dns
