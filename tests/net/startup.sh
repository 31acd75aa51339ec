#!/bin/bash
# What can be wrong with a port is told in one sentence before anything is changed.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1

# refused NAME PATTERN [COMMAND...]: serving the configuration NAME fails.
refused() {
	local name=$1 pattern=$2 got=0
	shift 2
	within "$server" timeout $((10 * scale)) "$@" "$dns" serve -c "$tmp/$name.json" >"$tmp/$name.log" 2>&1 || got=$?
	expect 1 $got "exit status of $name: $(tail -n 1 "$tmp/$name.log")"
	grep -qE "$pattern" "$tmp/$name.log" || fail "$name does not say '$pattern': $(cat "$tmp/$name.log")"
	expect 1 "$(wc -l <"$tmp/$name.log")" "lines printed by $name"
	[ ! -e "$tmp/$name.sock" ] || fail "$name left its control socket"
}

for kind in af_packet af_xdp; do
	conf missing_$kind $kind:nowhere0
	refused missing_$kind 'nowhere0'
done

# Another user, who may make the control socket but has no right to the interface.
conf plain af_packet:w0
cp "$dns" "$tmp/wadi-dns"
mkdir -m 777 "$tmp/other"
sed -i "s|$tmp/plain.sock|$tmp/other/plain.sock|" "$tmp/plain.json"
chmod 755 "$tmp"
chmod 644 "$tmp"/*.json "$tmp"/*.zone
as_root=$dns
dns=$tmp/wadi-dns
refused plain 'permission|permitted|root|CAP_' setpriv --reuid=65534 --regid=65534 --clear-groups
dns=$as_root

# The XDP program of a process that was killed goes with it. One that is there is in the
# way, and the start says so.
conf xdp af_xdp:w0
serve xdp "$server"
answers "$client"
stop xdp KILL
rm -f "$tmp/xdp.sock"
serve xdp "$server"
answers "$client"
conf second af_xdp:w0
refused second 'XDP program .* is on the interface'
