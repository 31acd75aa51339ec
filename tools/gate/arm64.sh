#!/bin/bash
# arm64 install|build|test: one step of tools/test arm64, inside the system that long.sh has made
# for it: what is needed to compile for arm64, the build, and the unit tests and fuzz corpora, of which
# each process is emulated. DPDK is left out.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
folder=build-arm64
# Folders of tests/unit and tests/script. Tests of the packages are scripts about the other build.
below=core,host,cross,tcpip,script,dns,http,http2,tls,ws,write,openflow,sdn,cluster,bench,backends,apps
# Tests that ask the kernel for what qemu-user does not pass on, and what that is.
declare -A cannot=(
	[backends/linux]="qemu-user has no options of packet sockets"
	[backends/xdp]="qemu-user has no options of packet sockets"
	[backends/xdp_program]="qemu-user has no bpf(2)"
	[host/rights]="qemu-user has a thread of its own, which takes no signal"
	[host/secret]="qemu-user ignores MADV_DONTDUMP"
)

# corpora: the fuzz targets.
corpora() {
	find tests/fuzz/corpus -mindepth 1 -maxdepth 1 -printf '%f\n' | sort
}

install_needs() {
	local package here=() there=()
	dpkg --add-architecture arm64
	apt-get update -q
	for package in meson pkg-config python3 python3-html5lib clang iproute2 protobuf-c-compiler qemu-user-static crossbuild-essential-arm64 xxd openssl; do
		here+=("$package")
	done
	for package in libc6-dev libjansson-dev libssl-dev libnghttp2-dev libfstrm-dev libprotobuf-c-dev libedit-dev \
		libseccomp-dev libbpf-dev libxen-dev libcmocka-dev; do
		there+=("$package:arm64")
	done
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${here[@]}" "${there[@]}"
}

# cross_file: for meson; ld, objcopy and ar make libwadi.a.
cross_file() {
	cat <<-'END'
	[binaries]
	c = 'aarch64-linux-gnu-gcc'
	ar = 'aarch64-linux-gnu-ar'
	ld = 'aarch64-linux-gnu-ld'
	objcopy = 'aarch64-linux-gnu-objcopy'
	strip = 'aarch64-linux-gnu-strip'
	pkgconfig = 'pkg-config'
	exe_wrapper = 'qemu-aarch64-static'
	[properties]
	pkg_config_libdir = ['/usr/lib/aarch64-linux-gnu/pkgconfig', '/usr/share/pkgconfig']
	[host_machine]
	system = 'linux'
	cpu_family = 'aarch64'
	cpu = 'aarch64'
	endian = 'little'
	END
}

case ${1:-} in
install) install_needs ;;
build)
	cross_file >/root/arm64.ini
	[ -f $folder/build.ninja ] ||
		meson setup $folder --cross-file /root/arm64.ini --buildtype=release -Ddpdk=false -Dsdn_page=disabled
	mapfile -t targets < <(tools/gate/suite.py --programs --below $below $folder unit)
	while read -r name; do
		targets+=("tests/fuzz/${name}_replay")
	done < <(corpora)
	nice ninja -C $folder "${targets[@]}" src/apps/dns/wadi-dns src/apps/web/wadi-web src/apps/ctl/wadi-ctl tools/package/libwadi.a
	;;
test)
	for name in "${!cannot[@]}"; do
		echo "skip $name 0 SKIPPED: ${cannot[$name]}"
	done
	tools/gate/suite.py $folder unit --below $below --without "$(IFS=, && echo "${!cannot[*]}")"
	mapfile -t names < <(corpora)
	tools/gate/suite.py $folder fuzz "${names[@]}"
	answer=$(qemu-aarch64-static $folder/src/apps/dns/wadi-dns answer --zone example.org=config/zones/example.org.zone www.example.org A)
	if [[ $answer == *192.0.2.80* ]]; then echo "ok answer 0"; else echo "FAIL answer 0"; fi
	;;
*) echo "arm64: install, build or test" >&2; exit 2 ;;
esac
