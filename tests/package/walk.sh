#!/bin/bash
# walk: the section "All of it once" of docs/operating.md as a script, for those that source this:
# tests/net/systemd.sh walks on what meson installs, tests/package/deb_test.sh on packages.

# walk_fence LANGUAGE: the blocks of that language in the section.
walk_fence() {
	awk -v of="\`\`\`$1" '/^## / { inside = /^## All of it once/ } inside && /^```/ { on = $0 == of; next } inside && on' docs/operating.md
}

# walk_write FOLDER: its commands as walk.sh, and what BIND has there: named.conf and db.example.net.
walk_write() {
	{ echo 'set -ex' && walk_fence sh; } >"$1/walk.sh"
	walk_fence named >"$1/named.conf"
	# shellcheck disable=SC2016 # TTL is of the zone
	printf '$TTL 300\n@ SOA ns hostmaster 1 3600 900 604800 300\n@ NS ns\nns A 10.53.0.2\nwww A 192.0.2.80\n' >"$1/db.example.net"
}

# walk_fault LOG: what the section says and the log of its commands has not; nothing when all is there.
walk_fault() {
	local line answers
	for line in '^example.net. ' '^zones served  *0  *1 ' ' in 10.53.0.77.*\[answered' ' out .* 10.53.0.77.* REFUSED' \
		' in 198.51.100.7.* www.example.net' ' out .* 198.51.100.7.*\[dropped: neigh.no_route' 'Queries lost: *0 '; do
		grep -q "$line" "$1" || echo "the walk of docs/operating.md printed no '$line'"
	done
	answers=$(grep -cx 192.0.2.80 "$1")
	[ "$answers" = 3 ] || echo "the walk of docs/operating.md has $answers answers, not 3"
}
