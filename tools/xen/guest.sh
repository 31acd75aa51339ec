#!/bin/bash
# guest: a bootable guest whose only program is an appliance. Sourced beside packages.sh
# and initramfs.sh; $scratch is where it may work.
# shellcheck disable=SC2034,SC2154 # what those set, and what is set for the sourcing script
[ ! -e "$root/meson.build" ] || programs=$root/build-image/src/apps

# build_programs TARGET...: in build-image/, static and small, without DPDK. Those of a package are
# there already.
build_programs() {
	[ -e "$root/meson.build" ] || return 0
	mkdir -p "$root/build-image"
	[ -f "$root/build-image/build.ninja" ] ||
		meson setup "$root/build-image" "$root" -Ddpdk=false -Dxdp=false -Dxen=true -Dtests=false -Ddnstap=false -Dtls=false -Dhttp2=false --prefer-static \
			-Dbuildtype=release -Doptimization=2 -Dc_args="${CFLAGS:-} -ffunction-sections -fdata-sections" \
			-Dc_link_args="${LDFLAGS:-} -static -Wl,--gc-sections" >"$root/build-image/setup.log" 2>&1 ||
		give_up "meson setup fails; see build-image/setup.log"
	nice ninja -C "$root/build-image" "$@" >"$root/build-image/build.log" 2>&1 ||
		{ grep -A 12 -m 1 -E 'error|FAILED' "$root/build-image/build.log" >&2; give_up "the build fails; see build-image/build.log"; }
}

# guest_machine CONFIGURATION: prints which machine its devices are of: virtio, if they are all
# PCI devices, which DPDK drives, or else xen.
guest_machine() {
	if python3 "$root/tools/conf.py" pci "$1" >/dev/null; then
		echo virtio
	else
		echo xen
	fi
}

# guest_initrd PROGRAM CONFIGURATION FILE [MACHINE]: with the modules of that machine; sets
# $appliance_bytes to the size of the program in it.
guest_initrd() {
	local program=$1 conf=$2 tree name
	local -A drivers=([xen]="xen/xen-gntalloc xen/xen-evtchn" [virtio]="uio/uio uio/uio_pci_generic")
	tree=$(mktemp -d "$scratch/guest.XXXXXX")
	mkdir -p "$tree"/{dev,proc,sys,run,sbin,lib/modules}
	strip -o "$tree/init" "$program"
	appliance_bytes=$(stat -c %s "$tree/init")
	# dom0's xl shutdown ends in one of these, which the kernel calls.
	for name in poweroff reboot halt; do
		ln -s ../init "$tree/sbin/$name"
	done
	for name in ${drivers[${4:-xen}]}; do
		add_modules "$tree" "drivers/$name"
	done
	mv "$tree"/modules/*.ko "$tree/lib/modules/"
	rmdir "$tree/modules"
	# Static programs, as all of our own are, have no interpreter.
	if readelf -l "$program" | grep -q INTERP; then
		add_libraries "$tree" "$program"
	fi
	# An appliance looks for the configuration by its own name, whatever its file is called.
	name=$("$program" --version | cut -d ' ' -f 1)
	"$program" --help-config |
		python3 "$root/tools/conf.py" files "$conf" "$tree" "${name#wadi-}.json" || exit 1
	chmod -R go+rX "$tree"
	pack "$tree" "$3.cpio"
	gzip -9 -n <"$3.cpio" >"$3"
	rm -rf "$tree" "$3.cpio"
}

# guest_cfg NAME CONFIGURATION TYPE MEMORY FILE [DISK]: for xl, to be called in its folder: kernel
# and initrd, or grub and the disk, whose path is absolute.
guest_cfg() {
	local vifs workers
	vifs=$(python3 "$root/tools/conf.py" vifs "$2")
	workers=$(python3 "$root/tools/conf.py" workers "$2")
	cat >"$5" <<-END
	# A guest that is $1, made by tools/image. In this folder: xl create guest.cfg
	name = "$1"
	type = "$3"
	END
	if [ -n "${6:-}" ]; then
		cat >>"$5" <<-END
		kernel = "grub"
		disk = [ "format=raw,vdev=xvda,access=ro,target=$6" ]
		END
	else
		cat >>"$5" <<-END
		kernel = "vmlinux"
		ramdisk = "initrd"
		extra = "console=hvc0 quiet loglevel=4"
		END
	fi
	cat >>"$5" <<-END
	memory = $4
	maxmem = $4
	vcpus = $workers
	vif = [ $vifs ]
	on_poweroff = "destroy"
	on_reboot = "restart"
	on_crash = "destroy"
	END
}
