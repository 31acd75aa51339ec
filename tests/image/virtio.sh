#!/bin/bash
# virtio: a disk of tools/image boots by the BIOS of QEMU's emulation; DPDK's virtio driver in it
# answers through a vhost-user port, whose other end is DPDK's, too. Part of tools/test --long:
# the emulation takes a core for half a minute. Neighbours: disk.sh in tools/xen; tests/xen/case/disk.sh.
. "$(dirname "$0")/../net/lib.sh"
patch=$(program patch)
[ -n "$patch" ] || skip "$build has no DPDK"
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is missing: tools/deps xen disk"

zone dns.zone
cat >"$tmp/dns.json" <<-END
{ "ports": [ { "name": "net0", "device": "pci:0000:00:03.0", "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64" } ],
  "dns": { "zones": [ { "origin": "example.org", "file": "dns.zone" } ] } }
END
tools/image disk "$dns" -c "$tmp/dns.json" -o "$tmp/disk" >"$tmp/image.log" 2>&1 || fail "tools/image disk fails"
qemu-img compare -q -f raw -F qcow2 "$tmp/disk/disk.raw" "$tmp/disk/disk.qcow2" || fail "the two forms of the disk differ"

netns "$host"
start switch "$host" "$patch" "vdev:net_vhost0,iface=$tmp/vhost" tap:wadi0
poll 10 test -S "$tmp/vhost" || fail "net_vhost does not listen"
host_side "$host" wadi0
cd "$tmp/disk" || exit
# shellcheck disable=SC2046 # the options are words
start machine "$host" qemu-system-x86_64 -nodefaults -no-user-config -display none -machine pc -accel tcg -cpu max -no-reboot \
	-object memory-backend-memfd,id=mem,size=256M,share=on -numa node,memdev=mem \
	-chardev socket,id=vhost,path="$tmp/vhost" -netdev vhost-user,id=net0,chardev=vhost -serial stdio $(cat guest.qemu)
cd "$root" || exit
answered() {
	[ "$(ask "$host" www.example.org A)" = 192.0.2.80 ]
}
poll 120 answered || fail "the guest does not answer"
answers "$host"
grep -q 'net0 (pci:0000:00:03.0)' "$tmp/machine.log" || fail "the console does not show the start"
note "$(stat -c %s "$tmp/disk/disk.qcow2") bytes of qcow2"
