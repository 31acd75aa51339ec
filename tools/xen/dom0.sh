#!/bin/bash
# dom0: a dom0 of a few programs, and its boot under Xen in QEMU's emulation. What it
# does once it is up is the job that was packed beside it. Sourced beside packages.sh and
# initramfs.sh; $scratch is where it may work.
# shellcheck disable=SC2154 # what those set

# dom0_archive FILE: what is the same in every boot. Debian's own hotplug script needs
# bash and udev, so one of wadi's own has its name.
dom0_archive() {
	local tree installed=${xen_bin#"$xen_root/"}
	tree=$(mktemp -d "$scratch/dom0.XXXXXX")
	mkdir -p "$tree"/{dev,proc,sys,run,tmp,root,etc/xen/scripts,var/lib/xenstored,var/lib/xen,var/log/xen/console}
	ln -s ../run "$tree/var/run"
	ln -s ../tmp "$tree/var/lock"
	add_busybox "$tree"
	LD_LIBRARY_PATH=$xen_root/usr/lib/x86_64-linux-gnu add_programs "$tree" \
		"$xen_bin"/{xl,xenstored,xenconsoled,xen-init-dom0,libxl-save-helper} "$xen_root/usr/bin/xenstore" \
		"$(command -v dig)"
	for name in read write ls list exists rm; do
		ln -s xenstore "$tree/bin/xenstore-$name"
	done
	mkdir -p "$tree/$(dirname "$installed")"
	ln -s /bin "$tree/$installed"
	# libxl calls pthread_cancel, for which the C library loads this one by itself.
	cp -L /lib/x86_64-linux-gnu/libgcc_s.so.1 "$tree/usr/lib/x86_64-linux-gnu/"
	add_modules "$tree" drivers/xen/{xen-evtchn,xen-gntdev,xen-gntalloc,xen-privcmd,xenfs/xenfs} \
		net/{llc/llc,802/stp,bridge/bridge} drivers/net/xen-netback/xen-netback drivers/block/{loop,xen-blkback/xen-blkback}
	install -m 755 "$root/tools/xen/dom0/init" "$tree/init"
	install -m 644 "$root/tools/xen/dom0/lib.sh" "$tree/lib.sh"
	install -m 755 "$root/tools/xen/dom0/vif-bridge" "$tree/etc/xen/scripts/vif-bridge"
	install -m 755 "$root/tools/xen/dom0/block" "$tree/etc/xen/scripts/block"
	: >"$tree/etc/xen/xl.conf"
	pack "$tree" "$1"
	rm -rf "$tree"
}

# boot FOLDER SECONDS [WORD...]: a QEMU with Xen and a dom0 whose files are those of the
# folder's dom0.cpio and job.cpio; /job/run in the latter is what it does. The words go
# onto dom0's command line. The console is standard output. Returns the job's exit status, or 125 when the machine
# went down in another way, 124 when the time was up.
#
# The processor model: with SMAP this QEMU faults in PV kernels; of Intel's, a PVH guest
# reads a register that is not emulated; newer ones than Westmere made programs of dom0
# fault. One processor: a second one makes the emulation slower here.
boot() {
	local folder=$1 seconds=$2 status=0
	shift 2
	cat "$folder/dom0.cpio" "$folder/job.cpio" >"$folder/initrd"
	timeout --foreground -k 5 "$seconds" qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none \
		-machine pc,usb=off -accel tcg,tb-size=128 -cpu Westmere,vendor=AuthenticAMD,+svm,+npt,-vmx,+rdrand -smp 1 \
		-m "${machine_mb:-1024}" -device isa-debug-exit,iobase=0xf4,iosize=1 -serial stdio -kernel "$xen" \
		-append "console=com1 com1=115200,8n1 dom0_mem=${dom0_mb:-512}M,max:${dom0_mb:-512}M dom0_max_vcpus=1 loglvl=warning guest_loglvl=warning no-real-mode edd=off spec-ctrl=no xpti=no ucode=no cpufreq=none" \
		-initrd "$vmlinux console=hvc0 rootfstype=ramfs quiet loglevel=4 mitigations=off tsc=reliable random.trust_cpu=on $*,$folder/initrd" \
		|| status=$?
	rm -f "$folder/initrd"
	# isa-debug-exit makes an exit status of 2 n + 1 out of the n that dom0's init wrote.
	case $status in
	124 | 137) return 124 ;;
	*[13579]) [ "$status" -gt 1 ] && return $(((status - 1) / 2 - 1)) ;;
	esac
	return 125
}
