#!/bin/bash
# Installation as the README has it, and what an operator asks the programs first.
. "$(dirname "$0")/lib.sh"

try 'cd wadi && meson setup build --reconfigure >/dev/null && ninja -C build >build.log && sudo meson install -C build | tail -n 5; rm -f build.log'
succeeds
try 'sudo adduser --system --group wadi'
succeeds
try 'wadi-dns --version'
expect "wadi-dns 0.1.0" "its version"
for command in 'wadi-dns --help' 'wadi-dns serve --help' 'wadi-dns check --help' \
	'wadi-ctl --help' 'wadi-echo --help'; do
	look "$command"
	succeeds
done
try 'wadi-dns --help-config'
succeeds

# Without a configuration, or with a mistake: what is wrong, where, and what to do.
try 'wadi-dns'
fails_with 2
says 'a configuration is needed: -c FILE; the default one, /etc/wadi/dns\.json, cannot be read'
try 'wadi-dns sevre'
fails_with 2
try 'wadi-ctl status'
fails_with 1
says '/run/wadi'
try 'wadi-dns --set ports[0].devise=tap:x'
fails_with 1
says 'devise.*device' '--set without -c reads no file'

install -d /etc/wadi/zones
cp /usr/local/share/doc/wadi/examples/dns.json /etc/wadi/ 2>/dev/null || fail "no example is installed"
cp -r /usr/local/share/doc/wadi/examples/zones /etc/wadi/
try 'wadi-dns check'
succeeds
expect "1 zone, 38 records: 0 errors, 0 warnings" "the check of the example"
