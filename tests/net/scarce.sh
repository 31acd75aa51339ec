#!/bin/bash
# Memory that is short and disks that are full: a zone that finds no room is refused with the
# reason, the zones of before are served, and no file is left half written.
. "$(dirname "$0")/lib.sh"

netns "$host"
conf dns tap:wadi0
mkdir "$tmp/state"
mount -t tmpfs -o size=64k none "$tmp/state"
sed -i "s|\"dns\": {|\"dns\": { \"state_directory\": \"$tmp/state\",|" "$tmp/dns.json"
head='@ 60 SOA a a 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.99\n'
# shellcheck disable=SC2059 # the zone is a format
printf "$head" >"$tmp/small.zone"
cp "$tmp/small.zone" "$tmp/big.zone"
seq -f 'n%06.0f 60 A 192.0.2.7' 0 399999 >>"$tmp/big.zone"
serve dns "$host"
host_side "$host" wadi0

# wadi WORD...: a command; its output is in ctl.log.
wadi() {
	"$ctl" "$tmp/dns.sock" "$@" >"$tmp/ctl.log" 2>&1
}
answers_still() {
	expect 192.0.2.80 "$(ask "$host" www.example.org A)" "an answer $1"
}

# Memory: what the process has, and a little.
pid=${pid_of[dns]}
pid=$(pgrep -P "$pid" -x wadi-dns || echo "$pid")
room() {
	prlimit --pid "$pid" --as="$1:"
}
now=$(($(awk '/^VmSize/ { print $2 }' "/proc/$pid/status") * 1024))
failed=0
for mib in 1 4 10 16 24 40 64; do
	room $((now + (mib << 20)))
	if wadi zone-add big.test "$tmp/big.zone"; then
		wadi zone-remove big.test || fail "zone-remove: $(cat "$tmp/ctl.log")"
		continue
	fi
	failed=$((failed + 1))
	grep -qi "memory" "$tmp/ctl.log" || fail "with $mib MiB zone-add says $(cat "$tmp/ctl.log")"
	answers_still "after a zone that did not fit into $mib MiB"
done
note "a zone of 400,000 records found no room in $failed of 7 limits"
[ "$failed" -ge 4 ] || fail "limits of memory limit nothing"
room $((now + (16 << 20)))
wadi zone-add small.test "$tmp/small.zone" || fail "a small zone: $(cat "$tmp/ctl.log")"
cp "$tmp/dns.zone" "$tmp/kept.zone"
cat "$tmp/kept.zone" >"$tmp/new"
seq -f 'n%06.0f 60 A 192.0.2.7' 0 399999 >>"$tmp/new"
mv "$tmp/new" "$tmp/dns.zone"
wadi reload && fail "a zone was reloaded without memory"
grep -qi "memory" "$tmp/ctl.log" "$tmp/dns.log" || fail "reload says $(cat "$tmp/ctl.log")"
answers_still "after a reload that did not fit"
expect 192.0.2.99 "$(ask "$host" a.small.test A)" "the other zone"
room unlimited
wadi reload || fail "reload with memory: $(cat "$tmp/ctl.log")"
expect 192.0.2.7 "$(ask "$host" n399999.example.org A)" "the zone that grew"

# A start without enough memory names what can be set lower.
netns "$server" "$client"
veth "$server" w0 "$client" w1
for device in af_packet:w0 af_xdp:w0 tap:wadi1; do
	conf short $device
	served=no short=0
	for mib in $(seq 24 4 160) 256; do
		status=0
		within "$server" timeout --preserve-status -k 9 $((2 * scale)) prlimit --as=$((mib << 20)) "$dns" serve -c "$tmp/short.json" \
			>"$tmp/short.log" 2>&1 || status=$?
		if grep -q ' serving ' "$tmp/short.log"; then
			served=yes
			break
		fi
		short=$((short + 1))
		grep -E 'error: .*(memory|Cannot allocate)' "$tmp/short.log" | has_line -E 'workers|frames|pages|_size|queue|_connections' ||
			grep -q 'error while loading shared libraries\|system calls cannot be restricted: Cannot allocate memory' "$tmp/short.log" ||
			fail "$device with $mib MiB says $(cat "$tmp/short.log")"
	done
	[ $served = yes ] || fail "$device does not start with 256 MiB: $(cat "$tmp/short.log")"
	[ $short -ge 2 ] || fail "$device starts with $mib MiB, so that no shortage was seen"
done

# A disk that is full: the list of added zones stays as it was.
cp "$tmp/state/zones" "$tmp/zones.before"
dd if=/dev/zero of="$tmp/state/fill" bs=4k 2>/dev/null || true
for i in 1 2 3; do
	wadi zone-add "other$i.test" "$tmp/small.zone" && fail "a zone was added although its record could not be written"
	grep -q "state_directory: .* cannot be written: No space left on device; nothing has changed" "$tmp/ctl.log" ||
		fail "zone-add on a full disk says $(cat "$tmp/ctl.log")"
done
wadi zone-remove small.test && fail "a zone was removed although that could not be written"
expect 192.0.2.99 "$(ask "$host" a.small.test A)" "the zone that was to be removed"
cmp "$tmp/state/zones" "$tmp/zones.before" || fail "the list of zones has changed"
expect "fill zones" "$(cd "$tmp/state" && echo *)" "files"

# So does an image that cannot be written anew.
rm "$tmp/state/fill"
"$dns" compile --zone small.test="$tmp/small.zone" -o "$tmp/state/small.image" >"$tmp/compile.log" 2>&1 ||
	fail "compile: $(cat "$tmp/compile.log")"
sha256sum "$tmp/state/small.image" >"$tmp/sum"
"$dns" compile --zone small.test="$tmp/big.zone" -o "$tmp/state/small.image" >"$tmp/compile.log" 2>&1 &&
	fail "an image of a large zone fits into 64 KiB"
grep -q "No space left on device" "$tmp/compile.log" || fail "compile says $(cat "$tmp/compile.log")"
sha256sum --quiet -c "$tmp/sum" || fail "the old image is gone"
expect "small.image zones" "$(cd "$tmp/state" && echo *)" "files after an image that did not fit"
stop dns
expect 0 "$status" "exit status"
