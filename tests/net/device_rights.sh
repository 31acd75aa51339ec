#!/bin/bash
# A user who is not root serves each kind of Linux device with just the capabilities that the
# README names; with one fewer the message names the one that is missing.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
cp "$dns" "$tmp/wadi-dns"
chmod 755 "$tmp"

# as_nobody CAPABILITY... -- COMMAND...: as a user without any other right, and with the
# limit on locked memory that a login has.
as_nobody() {
	local set="-all" bounds="-all"
	while [ "$1" != -- ]; do
		set+=",+$1" bounds+=",+$1"
		shift
	done
	shift
	exec setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps "$set" --ambient-caps "$set" \
		--bounding-set "$bounds" --no-new-privs prlimit --memlock=8388608 "$@"
}

# serves KIND CAPABILITY...: they suffice, and each is missed by name.
serves() {
	local kind=$1 capability held other log=$tmp/refused.log
	shift
	if [ "$kind" = tap ]; then conf "$kind" tap:wadi0; else conf "$kind" "$kind:w0"; fi
	mkdir -p "$tmp/run"
	chown nobody "$tmp/run"
	sed -i "s|$tmp/$kind.sock|$tmp/run/$kind.sock|" "$tmp/$kind.json"
	ln -sf "run/$kind.sock" "$tmp/$kind.sock"
	for capability; do
		held=()
		for other; do [ "$other" = "$capability" ] || held+=("$other"); done
		within "$server" timeout 20 bash -c "$(declare -f as_nobody); as_nobody ${held[*]} -- '$tmp/wadi-dns' serve -c '$tmp/$kind.json'" \
			>"$log" 2>&1 && fail "$kind serves without $capability"
		grep -qi "cap_$capability" "$log" || fail "$kind without $capability says: $(cat "$log")"
	done
	start "$kind" "$server" bash -c "$(declare -f as_nobody); as_nobody $* -- '$tmp/wadi-dns' serve -c '$tmp/$kind.json'"
	ready "$kind"
	[ "$kind" = tap ] || answers "$client"
	stop "$kind"
	expect 0 "$status" "exit status of $kind"
}

serves af_xdp net_raw net_admin bpf ipc_lock
ip -n "$server" link show w0 | has_line xdp && fail "an XDP program was left on w0"
serves af_packet net_raw
serves tap net_admin
