#!/bin/bash
# Zones signed by dnssec-signzone and ldns-signzone, with NSEC and NSEC3, opt-out and
# ZONEMD: `wadi-dns check` finds no fault in the signing, and when any one record of it
# is taken out, it does.
. "$(dirname "$0")/lib.sh"

for tool in dnssec-signzone ldns-signzone; do
	command -v $tool >/dev/null || skip "$tool is not installed; tools/deps test installs it"
done

# What signing can be at fault for.
faults='\((dnskey|rrsig|nsec|nsec3|zonemd)-[a-z]*\)$'
found=$tmp/found

# check FILE: what is found is in $found.
check() {
	local status=0
	"$dns" check --as nsec3-iterations=ignore example.org "$1" >"$found" || status=$?
	[ $status -le 1 ] || fail "check of $1 ended with status $status"
}

mkdir "$tmp/keys"
(cd "$tmp/keys" && dnssec-keygen -q -a ECDSAP256SHA256 -f KSK example.org &&
	dnssec-keygen -q -a ECDSAP256SHA256 example.org) >/dev/null 2>&1
ksk=$(cd "$tmp/keys" && grep -l ' 257 ' ./*.key)
zsk=$(cd "$tmp/keys" && grep -l ' 256 ' ./*.key)

# bind FILE OPTION..., ldns FILE OPTION...: from $tmp/plain to FILE, a record a line.
bind() {
	dnssec-signzone -q -P -O full -K "$tmp/keys" -d "$tmp" -o example.org "${@:2}" \
		-f "$1" "$tmp/plain" >"$tmp/sign.log" 2>&1
}
ldns() {
	(cd "$tmp/keys" && ldns-signzone -b -o example.org "${@:2}" -f "$1" "$tmp/plain" \
		"${zsk%.key}" "${ksk%.key}") >"$tmp/sign.log" 2>&1
}

signed=0
lacking=0
# judge SIGNER OPTION...
judge() {
	local line
	rm -f "$tmp/signed"
	"$1" "$tmp/signed" "${@:2}" || fail "$1 ${*:2} does not sign: $(cat "$tmp/sign.log")"
	check "$tmp/signed"
	! grep -E "$faults" "$found" || fail "$1 ${*:2}, seed $seed: nothing is wrong with it"
	signed=$((signed + 1))
	# One of the records that signing added, by turns.
	line=$(grep -nE 'IN\s+(RRSIG|NSEC|NSEC3|NSEC3PARAM|DNSKEY)\s' "$tmp/signed" |
		grep -v "RRSIG.DNSKEY" | cut -d: -f1 |
		sed -n "$((seed * 7 % 23 + 1))p")
	[ -n "$line" ] || return 0
	sed "${line}d" "$tmp/signed" >"$tmp/lacking"
	check "$tmp/lacking"
	grep -qE "$faults" "$found" ||
		fail "$1 ${*:2}, seed $seed: nothing is told without $(sed -n "${line}p" "$tmp/signed")"
	lacking=$((lacking + 1))
}

for seed in $(seq 1 12); do
	python3 tests/net/wild_zone.py "$seed" >"$tmp/plain"
	cat "$tmp"/keys/*.key >>"$tmp/plain"
	judge bind
	judge bind -3 -
	judge bind -3 ab -H 5
	judge bind -3 - -A
	# ldns adds the keys by itself.
	python3 tests/net/wild_zone.py "$seed" >"$tmp/plain"
	judge ldns -z sha384
	judge ldns -z sha512 -n -t 0
	judge ldns -n -p -t 3 -s abcd
done
note "$signed signed zones, $lacking with a record less"
