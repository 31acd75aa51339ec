#!/bin/bash
# A folder of zones whose files are replaced by rename all the time, and reloads: no zone is given
# up, none is refused as a twin, and each is answered afterwards. On tmpfs and btrfs, whose
# listings of a folder that changes differ most. In long mode with 3,000 zones and 300 reloads.
. "$(dirname "$0")/lib.sh"

zones=200 reloads=8
[ "${WADI_LONG:-no}" = no ] || zones=3000 reloads=300

# storm NAME: on the file system that is mounted at $tmp/NAME.
storm() {
	local folder=$tmp/$1/zones number total=0
	mkdir "$folder"
	for number in $(seq 1 $zones); do
		printf '@ 60 SOA a a 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.1\n' >"$folder/z$number.test.zone"
	done
	conf dns tap:wadi0
	sed -i "s|\"zones\": \[|\"zones\": [ { \"directory\": \"$folder\", \"pattern\": \"*.zone\" }, |" "$tmp/dns.json"
	serve dns "$host"
	host_side "$host" wadi0
	start storm "$host" python3 -c '
import os, random, sys
folder, zones = sys.argv[1], int(sys.argv[2])
while True:
    with open(folder + "/.tmp", "w") as file:
        file.write("@ 60 SOA a a 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.1\n")
    os.rename(folder + "/.tmp", "%s/z%d.test.zone" % (folder, random.randint(1, zones)))' "$folder" $zones
	for number in $(seq 1 $reloads); do
		"$ctl" "$tmp/dns.sock" reload --json >"$tmp/reload.log" 2>&1 || fail "reload $number on $1: $(cat "$tmp/reload.log")"
		python3 -c '
import json, sys
reply = json.load(sys.stdin)
print(reply["zones"], reply["removed"], reply["failed"])' <"$tmp/reload.log" >"$tmp/counts"
		expect "$((zones + 1)) 0 0" "$(cat "$tmp/counts")" "zones served, removed and failed after reload $number on $1"
	done
	total=$(grep -c "zone z[0-9]*.test.: \(gone\|removed\)" "$tmp/dns.log" || true)
	expect 0 "$total" "lines of zones that ended on $1"
	expect 192.0.2.1 "$(ask "$host" a.z$zones.test A)" "an answer after the storm on $1"
	stop storm
	stop dns
	expect 0 "$status" "exit status on $1"
	note "$reloads reloads of $zones zones on $1"
}

netns "$host"
mkdir "$tmp/tmpfs" "$tmp/btrfs"
mount -t tmpfs none "$tmp/tmpfs"
storm tmpfs
if ! grep -qw btrfs /proc/filesystems || ! command -v mkfs.btrfs >/dev/null; then
	note "btrfs is missing: tools/deps test installs mkfs.btrfs"
	exit 0
fi
truncate -s 256M "$tmp/btrfs.image"
mkfs.btrfs -q "$tmp/btrfs.image" >"$tmp/mkfs.log" 2>&1
mount -o loop "$tmp/btrfs.image" "$tmp/btrfs"
storm btrfs
