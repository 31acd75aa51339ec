#!/bin/bash
# long: parts of tools/test that only --long runs: Debian packages, a guest's disk, arm64.
# Sourced beside debian.sh and parts.sh.
# shellcheck disable=SC2154

# job_packages: each step of tests/package/deb_test.sh is a case.
job_packages() {
	local release status name seconds remark
	if [ "$(id -u)" -ne 0 ]; then
		result skip packages 0 "SKIPPED: a clean system requires root"
		return
	fi
	for release in bookworm trixie; do
		{ WADI_TIME_SCALE=$scale tests/package/deb_test.sh $release 2>&1 || [ $? -eq 1 ] || echo "FAIL run 0 it ended early"; } |
			while read -r status name seconds remark; do
				case $status in
				ok | FAIL) result "$status" "packages/$release/$name" "$seconds" "$remark" ;;
				*) printf '      %s\n' "$status $name $seconds $remark" ;;
				esac
			done
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

# job_arm64: compiled for arm64 in a Debian that has that architecture's libraries beside its
# own, and the unit tests and fuzz corpora run there by QEMU's emulation of a process.
job_arm64() {
	local folder=build-debian12 system=build-arm64/root start=$SECONDS needs status name seconds remark
	debian_ready $folder bookworm arm64 || return 0
	needs=$( (cat $folder/stamp && sed -n '/^install_needs/,/^}/p' tools/gate/arm64.sh) | cksum)
	if [ "$(cat build-arm64/stamp 2>/dev/null)" != "$needs" ]; then
		rm -rf build-arm64
		mkdir -p build-arm64/archives/partial
		cp -a $folder/root $system
	fi
	debian_copy $system/wadi
	if [ "$(cat build-arm64/stamp 2>/dev/null)" != "$needs" ]; then
		debian_enter $system /wadi/tools/gate/arm64.sh install >build-arm64/install.log 2>&1 || {
			tail -n 10 build-arm64/install.log
			result FAIL arm64 $((SECONDS - start)) "its packages cannot be installed; see build-arm64/install.log"
			return
		}
		echo "$needs" >build-arm64/stamp
	fi
	debian_enter $system --net /wadi/tools/gate/arm64.sh build >build-arm64/build.log 2>&1 || {
		tail -n 20 build-arm64/build.log
		result FAIL arm64/build $((SECONDS - start)) build-arm64/build.log
		return
	}
	result ok arm64/build $((SECONDS - start)) "with the portable body of core/simd.h"
	debian_enter $system --net env WADI_TIME_SCALE=$((scale * 10)) /wadi/tools/gate/arm64.sh test >build-arm64/test.log 2>&1 || true
	while read -r status name seconds remark; do
		result "${status/SLOW/FAIL}" "arm64/$name" "$seconds" "$remark"
	done < <(grep -E '^(ok|FAIL|SLOW|skip) ' build-arm64/test.log || echo "FAIL run 0")
	! grep -q '^FAIL' build-arm64/test.log || tail -n 60 build-arm64/test.log
}
