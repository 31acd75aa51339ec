#!/bin/bash
# `wadi-dns check`: what it prints of a zone and of a configuration's, what --as,
# --strict and dns.checks make of it, and its exit status.
. "$(dirname "$0")/lib.sh"

# checked STATUS ARGUMENT...: what it prints is in $out.
checked() {
	local wanted=$1 got=0
	shift
	out=$("$dns" check "$@" 2>"$tmp/errors.log") || got=$?
	expect "$wanted" $got "exit status of check $*: $out $(cat "$tmp/errors.log")"
}

# says LINE...: what was printed, line by line.
says() {
	expect "$(printf '%s\n' "$@")" "$out" "output of check"
}

# refuses PATTERN ARGUMENT...: a call that is wrong.
refuses() {
	checked 2 "${@:2}"
	grep -q "$1" "$tmp/errors.log" || fail "check ${*:2} does not say '$1': $(cat "$tmp/errors.log")"
}

dns=$(realpath "$dns")
cd "$tmp"
zone sound
checked 0 example.org sound
says "1 zone, 27 records: 0 errors, 0 warnings"

{
	cat sound
	echo "mail MX 0 nowhere"
	echo "  A 192.0.2.256"
	echo "www.example.net. TXT x"
} >faulty
mx="faulty:30:1: warning: mail.example.org. MX names nowhere.example.org., which has no address (mx-address)"
a='faulty:31:5: A: expected an IPv4 address such as 192.0.2.1, found "192.0.2.256" (syntax)'
outside="faulty:32:1: www.example.net. is outside the zone example.org. (out-of-zone)"
checked 1 example.org faulty
says "$a" "$outside" "$mx" "0 zones, 0 records: 2 errors, 1 warning"

# One fault that is a warning, in each way.
sed -i 31d faulty
outside=${outside/:32:/:31:}
checked 1 example.org faulty
says "$outside" "$mx" "0 zones, 0 records: 1 error, 1 warning"
checked 0 --as out-of-zone=warning example.org faulty
says "${outside/: www/: warning: www}" "$mx" "1 zone, 28 records: 0 errors, 2 warnings"
checked 0 --as out-of-zone=ignore --as mx-address=ignore example.org faulty
says "1 zone, 28 records: 0 errors, 0 warnings"
checked 1 --as out-of-zone=ignore --as mx-address=error example.org faulty
says "${mx/warning: /}" "0 zones, 0 records: 1 error, 0 warnings"
checked 1 example.org faulty --as out-of-zone=ignore --strict
says "${mx/warning: /}" "0 zones, 0 records: 1 error, 0 warnings"

# The configuration says the same, and the command line has the last word.
checks='"checks": [ { "check": "out-of-zone", "as": "warning" }, { "check": "mx-address", "as": "ignore" } ]'
cat >dns.json <<-END
	{ "ports": [ { "name": "net0", "device": "tap:x", "ipv4": "10.53.0.2/24" } ],
	  "dns": { "zones": [ { "origin": "example.org", "file": "faulty" } ], $checks } }
END
checked 0 -c dns.json
says "${outside/: www/: warning: www}" "1 zone, 28 records: 0 errors, 1 warning"
checked 1 -c dns.json --strict
checked 1 --as mx-address=error -c dns.json
checked 1 --set 'dns.checks=[]' -c dns.json

# All checks are told, and calls that are wrong.
checked 0 --list
[ "$(wc -l <<<"$out")" -gt 50 ] || fail "--list lists little: $out"
grep -qE '^syntax +error, always +' <<<"$out" || fail "--list does not tell of syntax: $out"
refuses 'is not a check' --as none=error example.org sound
refuses 'is always an error' --as cname-other=ignore example.org sound
refuses 'does not end in =error' --as mx-address=fatal example.org sound
refuses 'does not end in =error' --as mx-address example.org sound
refuses 'a value is missing after --as' example.org sound --as
refuses 'there is no option --quiet' example.org sound --quiet
refuses 'ORIGIN FILE' example.org
refuses 'ORIGIN FILE' example.org sound more
refuses 'not a domain name' a..b sound
