#!/bin/bash
# long: parts of tools/test that only --long runs: Debian packages, a guest's disk.
# Sourced beside debian.sh and parts.sh.
# shellcheck disable=SC2154

# job_packages: each step of tests/package/deb_test.sh is a case.
job_packages() {
	local release=bookworm status name seconds remark
	if [ "$(id -u)" -ne 0 ]; then
		result skip "packages/$release" 0 "SKIPPED: a clean system requires root"
		return
	fi
	{ WADI_TIME_SCALE=$scale tests/package/deb_test.sh $release 2>&1 || [ $? -eq 1 ] || echo "FAIL run 0 it ended early"; } |
		while read -r status name seconds remark; do
			case $status in
			ok | FAIL) result "$status" "packages/$release/$name" "$seconds" "$remark" ;;
			*) printf '      %s\n' "$status $name $seconds $remark" ;;
			esac
		done
}

# job_disk: guests' disks in QEMU.
job_disk() {
	local script
	if [ "$(id -u)" -ne 0 ] || ! tools/deps xen disk; then
		result skip disk 0 "SKIPPED: its packages are missing, or this is not root"
		return
	fi
	mkdir -p build/net
	for script in tests/image/*.sh; do
		net_script "$script"
	done
}
