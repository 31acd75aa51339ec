#!/bin/bash
# From a clone to an answer by the two commands of the README, on a machine with nothing
# installed; then everything is as it was, but for packages and build/.
. "$(dirname "$0")/lib.sh"

try 'git clone -q /src wadi'
succeeds
begin run 'sudo wadi/tools/run dns'
shows run 'Ctrl-C ends it' 1200
said=$(cat "$work/run.log")
echo "$said"
says '^Installing Debian packages: .*libdpdk-dev' '^tools/run: configuring build/$' \
	'serving 1 zone \(38 records\) on net0 \(tap:wadi0\) 10\.53\.0\.2 fd53::2' \
	'^tools/run: wadi-dns serves at 10\.53\.0\.2 and fd53::2\. In another terminal:$'

# The lines that it prints to try, as they stand.
mapfile -t lines < <(sed -n 's/^    //p' "$work/run.log")
[ ${#lines[@]} -eq 3 ] || fail "it names ${#lines[@]} commands to try and not 3"
try "${lines[0]}"
says 'status: NOERROR' '192\.0\.2\.80$' '192\.0\.2\.81$'
try "${lines[1]}"
says 'status: NOERROR' 'MX	10 mail\.example\.org\.$'
look "${lines[2]}"
succeeds
says '^UDP over IPv4 +1$' '^UDP over IPv6 +1$'
# And those of the README's session.
try 'dig +short @10.53.0.2 www.example.org'
expect $'192.0.2.80\n192.0.2.81' "the answer"
look 'sudo wadi/build/src/apps/ctl/wadi-ctl drops'
succeeds
try 'cd wadi && build/src/apps/dns/wadi-dns answer --zone example.org=config/zones/example.org.zone www.example.org A'
says '"rcode":"NOERROR"' '192\.0\.2\.80'

try 'sudo wadi/tools/run dns'
fails_with 1
says '^tools/run: an interface wadi0 exists already; stop the program that made it'
try 'wadi/tools/run dns'
fails_with 1
says 'creating a TAP requires root: sudo tools/run dns'

pkill -TERM -f '^/bin/bash wadi/tools/run dns' || fail "tools/run had ended"
poll 20 not_running || fail "wadi-dns outlives tools/run"
cat "$work/run.log"
[ ! -e /sys/class/net/wadi0 ] || fail "the TAP is still there"
[ ! -e /run/wadi ] || fail "/run/wadi is still there"
try 'find wadi ! -user op'
expect "" "files of the checkout that are not the operator's"
