#!/bin/bash
# packages: Debian's kernel and Xen, fetched as packages and unpacked under build-xen/ by
# version, never installed. Sourced by tools/image and tests/xen/run, which say what root,
# say and give_up are. Where root is no clone, they say what store is, too.
# shellcheck disable=SC2034,SC2154 # root is the sourcing script's, and results are for it
[ ! -e "$root/meson.build" ] || store=$root/build-xen

# version PACKAGE: the one that apt would install.
version() {
	apt-cache show --no-all-versions "$1" 2>/dev/null | awk '/^Version:/ && !v { v = $2 } END { print v }'
}

# lists: apt's package lists, which a new machine has not.
lists() {
	[ -z "$(version "$1")" ] || return 0
	[ "$(id -u)" -eq 0 ] || give_up "apt knows no package $1; as root: apt-get update"
	apt-get update -q >"$store/apt.log" 2>&1 || give_up "apt-get update fails; see $store/apt.log"
	[ -n "$(version "$1")" ] || give_up "apt knows no package $1: this needs Debian 12 or 13 on amd64"
}

download() {
	(cd "$1" && apt-get -q -o APT::Sandbox::User=root download "${@:2}") >"$store/apt.log" 2>&1
}

# unpack NAME PACKAGE...: sets $unpacked to the folder with the packages' files, which
# it makes when there is none of the first package's present version.
unpack() {
	local name=$1 dir fresh deb
	shift
	mkdir -p "$store"
	lists "$1"
	dir=$store/$name-$(version "$1")
	if [ ! -d "$dir" ]; then
		say "fetching Debian's $name ($(basename "$dir")) into $store"
		fresh=$(mktemp -d "$store/fetch.XXXXXX")
		mkdir "$fresh/root"
		# Lists that are older than the archive name packages that are gone from it.
		download "$fresh" "$@" || { [ "$(id -u)" -eq 0 ] && apt-get update -q >/dev/null && download "$fresh" "$@"; } ||
			{ rm -rf "$fresh"; give_up "apt-get download fails; see $store/apt.log"; }
		for deb in "$fresh"/*.deb; do
			dpkg-deb -x "$deb" "$fresh/root" || { rm -rf "$fresh"; give_up "$deb cannot be unpacked"; }
		done
		rm -rf "$store/$name"-*
		mv -T "$fresh/root" "$dir"
		rm -rf "$fresh"
	fi
	unpacked=$dir
}

# unpack_kernel: sets $kernel to the kernel as it is packed, $vmlinux to its ELF file, and
# $modules to the folder of its modules, which Debian 13 has below usr. Unpacked, the kernel costs neither
# Xen nor xl time in the emulator.
unpack_kernel() {
	local package release
	lists linux-image-amd64
	package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-[0-9]/ { print $2; exit }')
	release=${package#linux-image-}
	unpack kernel "$package"
	kernel=$unpacked/boot/vmlinuz-$release
	vmlinux=$unpacked/vmlinux
	modules=$unpacked/usr/lib/modules/$release/kernel
	[ -d "$modules" ] || modules=$unpacked/lib/modules/$release/kernel
	[ -s "$vmlinux" ] || python3 "$root/tools/xen/vmlinux.py" "$kernel" "$vmlinux" ||
		give_up "the kernel of $package cannot be unpacked"
}

# unpack_xen: sets $xen_root to the files of Xen and its tools, $xen_bin to the folder of its programs, $xen to the
# hypervisor, which QEMU's loader needs uncompressed.
unpack_xen() {
	local number
	lists xen-system-amd64
	number=$(apt-cache depends xen-system-amd64 | sed -n 's/.*Depends: xen-utils-\([0-9.]*\)$/\1/p')
	unpack xen "xen-hypervisor-$number-amd64" "xen-utils-$number" xenstore-utils libxencall1 libxendevicemodel1 \
		libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxenhypfs1 "libxenmisc$number" libxenstore4 \
		libxentoolcore1 libxentoollog1 libyajl2
	xen_root=$unpacked
	xen_bin=$xen_root/usr/lib/xen-$number/bin
	xen=$xen_root/xen
	[ -s "$xen" ] || zcat "$xen_root/boot/xen-$number-amd64.gz" >"$xen" || give_up "Xen cannot be unpacked"
}
