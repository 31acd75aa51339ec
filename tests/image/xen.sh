#!/bin/bash
# xen: a disk of tools/image boots as a PV guest of a real Xen, in QEMU's emulation: xl starts GRUB,
# which finds the kernel on the disk. Part of tools/test --long.
. "$(dirname "$0")/../net/lib.sh"

tools/image disk dns -c config/dns-xen.json -o "$tmp/disk" >"$tmp/image.log" 2>&1 || fail "tools/image disk fails"
timeout $((200 * scale)) tools/image run "$tmp/disk" --dig www.example.org >"$tmp/run.log" 2>&1 || fail "the guest does not answer"
grep -q '192\.0\.2\.80' "$tmp/run.log" || fail "the guest answers something else"
note "$(stat -c %s "$tmp/disk/disk.raw") bytes"
