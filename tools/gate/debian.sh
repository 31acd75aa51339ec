#!/bin/bash
# debian: another Debian below a build folder, in which parts of tools/test run: made by
# debootstrap from the mirror that this machine's apt uses, kept while its stamp matches.
# Whatever is mounted for a command, and whatever it starts, goes away with it, however it
# ends: both belong to namespaces of its own. Sourced; neighbour: parts.sh.
# shellcheck disable=SC2154

# debian_mirror: where this machine's apt gets its own release from.
debian_mirror() {
	local release
	# shellcheck source=/dev/null
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# shellcheck disable=SC2016 # apt replaces these
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
		awk -v release="$release" '$2 == release && $1 ~ /^https?:/ { print $1; exit }'
}

# debian_apt_conf: what apt has to know to reach that mirror, proxies included.
debian_apt_conf() {
	apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries)' || true
}

# debian_make FOLDER RELEASE: FOLDER/root is a minimal system of that release. An apt of it
# keeps what it downloads in FOLDER/archives.
debian_make() {
	local folder=$1 release=$2 mirror proxy stamp
	mirror=$(debian_mirror)
	[ -n "$mirror" ] || { echo "apt names no mirror of Debian to make $folder from"; return 1; }
	stamp="$release of $mirror, made by $(declare -f debian_make | cksum)"
	[ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ] || return 0
	echo "making $folder/root: Debian $release (its log is $folder/debootstrap.log)"
	rm -rf "$folder/root" "$folder/stamp"
	mkdir -p "$folder/archives/partial"
	proxy=$(apt-config shell proxy Acquire::http::Proxy)
	eval "$proxy"
	http_proxy=${proxy:-${http_proxy:-}} debootstrap --variant=minbase --include=ca-certificates \
		"$release" "$folder/root" "$mirror" >"$folder/debootstrap.log" 2>&1 || {
		tail -n 20 "$folder/debootstrap.log"
		return 1
	}
	debian_apt_conf >"$folder/root/etc/apt/apt.conf.d/90machine"
	# It is made again when a crash of the machine spoils it.
	echo force-unsafe-io >"$folder/root/etc/dpkg/dpkg.cfg.d/unsafe-io"
	echo "$stamp" >"$folder/stamp"
}

# debian_fork FOLDER NAME: FOLDER/NAME is a copy of FOLDER/root, to be changed and kept as long as that is.
debian_fork() {
	! cmp -s "$1/stamp" "$1/$2.stamp" || return 0
	rm -rf "${1:?}/$2" "$1/$2.stamp"
	cp -a "$1/root" "$1/$2"
	cp "$1/stamp" "$1/$2.stamp"
}

# debian_ready FOLDER RELEASE CASE: makes it if need be; when that is not possible, the case
# is skipped or has failed.
debian_ready() {
	if [ "$(id -u)" -ne 0 ]; then
		result skip "$3" 0 "SKIPPED: making a Debian of its own requires root"
		return 1
	fi
	tools/deps debian && debian_make "$1" "$2" && return
	result FAIL "$3" 0 "there is no Debian $2 to run in"
	return 1
}

# debian_enter SYSTEM [--net] COMMAND...: runs it as root in that folder, with this machine's
# devices and network, or with --net a network of its own; its standard input is closed.
debian_enter() {
	local system net=''
	system=$(readlink -f "$1")
	shift
	if [ "$1" = --net ]; then
		net=--net
		shift
	fi
	cp -L /etc/resolv.conf /etc/hosts "$system/etc/"
	# shellcheck disable=SC2016 # the script inside expands them
	unshare --mount --pid $net --fork --kill-child bash -c '
		set -euo pipefail
		system=$1 net=$2
		shift 2
		# As process 1 it ends by a signal only because of this trap, and all others with it.
		trap "exit 143" INT TERM
		# pivot_root, and "ip netns exec" inside, require a root that is a mount.
		mount --bind "$system" "$system"
		mount --bind "$system/../archives" "$system/var/cache/apt/archives"
		cd "$system"
		mount -t proc proc proc
		if [ -n "$net" ]; then
			mount -t sysfs sysfs sys
			ip link set lo up
		else
			mount --rbind /sys sys
		fi
		mount --rbind /dev dev
		mount -t tmpfs tmpfs run
		mount -t tmpfs -o mode=1777 tmpfs tmp
		pivot_root . .
		umount -l .
		export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
		unset TMPDIR
		cd /
		"$@" </dev/null &
		wait $!' debian "$system" "$net" "$@"
}

# debian_copy TREE: a copy of the files of this tree, without what was built from them;
# builds that are there stay.
debian_copy() {
	local tree=$1
	mkdir -p "$tree"
	find "$tree" -mindepth 1 -maxdepth 1 ! -name 'build*' -exec rm -rf {} +
	git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
		[ ! -e "$file" ] || printf '%s\0' "$file"
	done | tar --null -T - -c | tar -x --no-same-owner -C "$tree"
}

# job_debian13: wadi and its tests with the libraries and compilers of the next release.
# Its gate runs there and prints what any gate prints; its cases count here under debian13/.
job_debian13() {
	local folder=build-debian13 start=$SECONDS tree=build-debian13/gate/wadi status name ran=0
	debian_ready $folder trixie debian13 || return 0
	debian_fork $folder gate
	debian_copy $tree
	rm -rf "$tree/build-gate"
	debian_enter $folder/gate env -u WADI_GATE -u WADI_BUILD /wadi/tools/test build unit fuzz net |
		sed -u 's/^/      | /' || true
	while read -r status name; do
		ran=1
		case $status in
		ok | skip) record "$status" "debian13/$name" ;;
		*) result FAIL "debian13/$name" 0 "its log is below $tree" ;;
		esac
	done < <(cat "$tree"/build-gate/*.results 2>/dev/null)
	if [ $ran -eq 1 ]; then
		printf '%-5s %-38s %5s s\n' "" debian13 $((SECONDS - start))
	else
		result FAIL debian13 $((SECONDS - start)) "its tools/test ran nothing"
	fi
}

# job_tour: an operator walks through the documents on a clean Debian 12 (tests/tour). What
# has to be installed is downloaded before: the tour has a network of its own.
job_tour() {
	local folder=build-debian12 start=$SECONDS system=build-debian12/tour status name seconds ran=0
	debian_ready $folder bookworm tour || return 0
	cp tools/deps $folder/root/root/deps
	# shellcheck disable=SC2016 # expanded there
	debian_enter $folder/root bash -c 'apt-get update -q &&
		apt-get install -y -q --no-install-recommends --download-only adduser ethtool git procps sudo \
			$(/root/deps --list build run | tr -s " " | cut -d " " -f 2)' >$folder/download.log 2>&1 || {
		tail -n 10 $folder/download.log
		result FAIL tour $((SECONDS - start)) "its packages cannot be downloaded"
		return
	}
	rm -rf $system
	cp -a $folder/root $system
	debian_copy $system/wadi
	debian_enter $system --net env WADI_TIME_SCALE="$scale" /wadi/tests/tour/run >"$gate/tour.out" 2>&1 || true
	while read -r status name seconds; do
		ran=1
		result "$status" "tour/$name" "$seconds"
	done < <(grep -E '^(ok|FAIL) [a-z]+ [0-9]+$' "$gate/tour.out")
	[ $ran -eq 1 ] || result FAIL tour $((SECONDS - start)) "no part of it ran; see $gate/tour.out"
	! grep -q '^FAIL' "$gate/tour.out" || tail -n 200 "$gate/tour.out"
}
