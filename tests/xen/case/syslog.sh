# syslog: what the guest logs comes to dom0, too, as RFC 5424 wants it.
# shellcheck shell=sh
try 20 grep -q -E "^<[0-9]+>1 [^ ]+ $guest wadi-dns .*serving 1 zone" /tmp/syslog ||
	fail "the collector got: $(head -n 3 /tmp/syslog)"
