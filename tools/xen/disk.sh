#!/bin/bash
# disk: a guest as a disk from which GRUB boots it: started by a BIOS, as QEMU and clouds have
# one, or by Xen's toolstack, which loads GRUB in its own form. Sourced beside packages.sh and
# guest.sh; $scratch is where it may work.
# shellcheck disable=SC2154 # what those set

# unpack_grub: sets $grub to the folder of GRUB's parts, which are not installed.
unpack_grub() {
	unpack grub grub-common grub-pc-bin grub-xen-bin
	grub=$unpacked
}

# grub_image PLATFORM FILE MODULE...: it looks for the disk that has its menu.
grub_image() {
	cat >"$scratch/grub-early.cfg" <<-'END'
	search.file /boot/grub/grub.cfg root
	set prefix=($root)/boot/grub
	END
	"$grub/usr/bin/grub-mkimage" -d "$grub/usr/lib/grub/$1" -O "$1" -p /boot/grub -c "$scratch/grub-early.cfg" -o "$2" \
		part_msdos ext2 search_fs_file normal linux "${@:3}" || give_up "grub-mkimage fails for $1"
}

# disk_words MACHINE PAGES: the kernel's command line on xen or virtio, where DPDK drives the
# network and needs huge pages.
disk_words() {
	case $1 in
	xen) echo "console=hvc0 quiet loglevel=4" ;;
	virtio) echo "console=tty0 console=ttyS0 quiet loglevel=4 hugepages=$2" ;;
	esac
}

# disk_kernel MACHINE FILE: the kernel as GRUB takes it there. For Xen it has to unpack the kernel, and
# cannot do that with zstd, by which Debian 13 packs it.
disk_kernel() {
	case $1 in
	xen) gzip -n <"$vmlinux" >"$2" ;;
	virtio) cp "$kernel" "$2" ;;
	esac
}

# disk_partition INITRD MACHINE WORDS FILE: a file system with what GRUB needs, and a little room.
disk_partition() {
	local tree kilobytes
	tree=$(mktemp -d "$scratch/disk.XXXXXX")
	mkdir -p "$tree/boot/grub"
	disk_kernel "$2" "$tree/boot/vmlinuz"
	cp "$1" "$tree/boot/initrd"
	cat >"$tree/boot/grub/grub.cfg" <<-END
	# Words wadi.set=KEY=VALUE at the end of the line that begins with linux set keys of the configuration.
	linux /boot/vmlinuz $3
	initrd /boot/initrd
	boot
	END
	kilobytes=$(du -sk "$tree" | cut -f 1)
	rm -f "$4"
	truncate -s $((kilobytes * 11 / 10 + 1024))K "$4"
	/sbin/mke2fs -q -t ext2 -L wadi -E root_owner=0:0 -d "$tree" "$4" ||
		give_up "mke2fs fails"
	rm -rf "$tree"
}

# disk_image INITRD MACHINE WORDS DIR: disk.raw, disk.qcow2, and for Xen grub.
disk_image() {
	disk_partition "$1" "$2" "$3" "$scratch/partition"
	grub_image i386-pc "$scratch/core.img" biosdisk
	python3 "$root/tools/xen/mbr.py" "$grub/usr/lib/grub/i386-pc/boot.img" "$scratch/core.img" \
		"$scratch/partition" "$4/disk.raw" || exit 1
	qemu-img convert -f raw -O qcow2 -c "$4/disk.raw" "$4/disk.qcow2" || give_up "qemu-img fails"
	grub_image x86_64-xen "$4/grub" gzio
}
