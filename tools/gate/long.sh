#!/bin/bash
# long: parts of tools/test that only --long runs. Sourced beside parts.sh.
# shellcheck disable=SC2154

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
