#!/bin/bash
# deb_test RELEASE [FOLDER]: the packages of tools/package/deb, or those in FOLDER, in the life of a
# server: a clean system of that release, which a systemd of its own runs in namespaces, gets them
# by apt, first on the walk of docs/operating.md, on which a zone moves from a BIND that serves there;
# they hold what that document says, serve as the unit, make guests, which QEMU boots, rotate their logs, are
# upgraded under load, removed and purged, and leave nothing behind. An appliance is built on libwadi-dev in the system of the build.
# Prints "ok NAME SECONDS REMARK" for each step, or "FAIL NAME SECONDS WHY" and ends.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. tools/gate/debian.sh
. tests/package/walk.sh
scale=${WADI_TIME_SCALE:-1}
release=${1:?deb_test: a release is missing: bookworm or trixie}
case $release in
bookworm) clean=build-debian12 ;;
trixie) clean=build-debian13 ;;
*) echo "deb_test: there is no release '$release' here" >&2; exit 2 ;;
esac
work=$PWD/build-package/$release
system=$work/test
log=$work/test.log
step=prepare began=$SECONDS init=

fail() {
	echo "FAIL $step $((SECONDS - began)) $*"
	tail -n 15 "$log"
	exit 1
}
# passed [REMARK]: the step is over.
passed() {
	echo "ok $step $((SECONDS - began)) $*"
	began=$SECONDS
}
# run COMMAND...: what it prints is only wanted when it fails.
run() {
	echo "\$ $*" >>"$log"
	"$@" >>"$log" 2>&1 || fail "'$*' fails"
}
poll() {
	local until=$((SECONDS + $1 * scale))
	shift
	until "$@" >>"$log" 2>&1; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.2
	done
}

finish() {
	local status=$?
	trap - EXIT
	set +e
	[ -z "$init" ] || kill -KILL "$init"
	wait 2>/dev/null
	[ ! -d "$cgroup" ] || find "$cgroup" -depth -type d -exec rmdir {} \;
	exit $status
}

# boot: in new namespaces, until systemd of that system takes over. What of the machine is seen
# there cannot be written.
boot() {
	local device
	mount --make-rprivate /
	mount --bind "$system" "$system"
	cd "$system"
	mount -t proc proc proc
	mount --bind proc/sys proc/sys
	mount -o remount,bind,ro proc/sys
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t tmpfs -o mode=755 none dev
	mkdir dev/net dev/shm dev/pts
	mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	for device in null zero full random urandom tty net/tun; do
		touch "dev/$device"
		mount --bind "/dev/$device" "dev/$device"
	done
	mount -t tmpfs -o mode=755 none run
	mount -t tmpfs -o mode=1777 none tmp
	mount --bind "$work/archives" var/cache/apt/archives
	pivot_root . mnt
	umount -l /mnt
	exec env -i container=wadi PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system \
		--log-target=console --show-status=no
}
guest() {
	nsenter -t "$init" -a env -i DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
find_init() {
	init=$(pgrep -P $outer)
}
is_booted() {
	guest systemctl is-system-running | grep -qE 'running|degraded'
}
is_state() {
	[ "$(guest systemctl is-active "$1")" = "$2" ]
}
# files: what there is of the system, but for the records of dpkg and apt and what runs.
files() {
	(cd "$system" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp -o -path ./debs \
		-o -path ./var/cache -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/log/journal -o -path ./var/lib/systemd \) -prune \
		-o -name '*-' -o -name '__pycache__' -prune -o -print | LC_ALL=C sort)
}
# answered QUESTION: what dig of the client's namespace prints.
answered() {
	guest ip netns exec client dig @192.0.2.53 "$1" +short +tries=1 +time="$scale" 2>>"$log"
}
is_answered() {
	[ "$(answered www.example.org | head -n 1)" = 192.0.2.80 ]
}

[ "$(id -u)" -eq 0 ] || { echo "deb_test: this requires root" >&2; exit 2; }
mkdir -p "$work"
: >"$log"
cgroup=$(findmnt -t cgroup2 -n -o TARGET | head -n 1)/wadi-deb-$$
trap finish EXIT
trap 'exit 143' INT TERM

step=build
packages=${2:-$work/packages}
if [ $# -lt 2 ]; then
	DEBFULLNAME=wadi DEBEMAIL=packages@example.org run tools/package/deb --release "$release"
fi
passed "$(find "$packages" -name '*.deb' ! -name '*-dbgsym_*' -printf '%f\n' | sed 's/_.*//' | sort | paste -sd ' ')"

step=library
run rm -rf "$work/root/debs"
run mkdir -p "$work/root/debs"
run cp "$packages"/*.deb "$work/root/debs/"
# shellcheck disable=SC2016 # expanded there
run debian_enter "$work/root" --net bash -ec 'dpkg -i /debs/libwadi-dev_*.deb /debs/wadi-doc_*.deb
	rm -rf /tmp/time
	cp -r /usr/share/doc/wadi/examples/time /tmp/time
	cd /tmp/time
	meson setup build
	ninja -C build
	[ "$(build/wadi-time --version | cut -d " " -f 1)" = wadi-time ]
	dpkg --purge libwadi-dev wadi-doc'
passed "an appliance is built on libwadi-dev"

# The second version is the first with another number: dpkg sees an upgrade.
step=system
run debian_make "$clean" "$release"
run rm -rf "$system"
run cp -a "$clean/root" "$system"
run mkdir -p "$system/debs/next"
run find "$packages" -name 'wadi*.deb' ! -name '*-dbgsym_*' -exec cp -t "$system/debs" {} +
next() {
	dpkg-deb -R "$packages"/wadi_*.deb "$work/next"
	sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
	dpkg-deb --root-owner-group -Zgzip -z1 -b "$work/next" "$system/debs/next"
	rm -rf "$work/next"
}
run rm -rf "$work/next"
run next
walk_write "$system/debs"
# Nothing is started before systemd is there; later nobody is there to answer apt's question.
printf '#!/bin/sh\nexit 101\n' >"$system/usr/sbin/policy-rc.d"
chmod 755 "$system/usr/sbin/policy-rc.d"
echo 'APT::Get::Assume-Yes "true";' >"$system/etc/apt/apt.conf.d/91yes"
run debian_enter "$system" bash -ec 'export DEBIAN_FRONTEND=noninteractive
	apt-get update -q
	apt-get install -q --no-install-recommends systemd systemd-sysv dbus bind9 bind9-dnsutils curl dnsperf iproute2 logrotate procps sudo \
		busybox-static qemu-system-x86 seabios
	apt-get install -q --no-install-recommends --download-only /debs/*.deb
	cd /debs && apt-get install -q --download-only ./wadi_*.deb ./wadi-doc_*.deb ./wadi-import_*.deb'
rm "$system/usr/sbin/policy-rc.d"
for unit in getty.target console-getty.service systemd-logind.service systemd-timesyncd.service apt-daily.timer \
	apt-daily-upgrade.timer e2scrub_all.timer dpkg-db-backup.timer fstrim.timer logrotate.timer; do
	ln -sf /dev/null "$system/etc/systemd/system/$unit"
done
mkdir "$cgroup"
export system work cgroup
# shellcheck disable=SC2016 # the inner shell expands it
bash -c 'echo $BASHPID >"$cgroup/cgroup.procs" && exec "$@"' - \
	unshare --pid --mount --uts --ipc --net --cgroup --fork --kill-child \
	bash -ec "$(declare -f boot); boot" >"$work/systemd.log" 2>&1 &
outer=$!
poll 10 find_init || fail "no namespaces for systemd: $(tail -n 3 "$work/systemd.log")"
poll 60 is_booted || fail "systemd does not start: $(tail -n 3 "$work/systemd.log")"
run guest ip netns add client
run guest ip link add eth1 type veth peer name eth1 netns client
run guest ip link set eth1 up
run guest ip -n client addr add 192.0.2.1/24 dev eth1
run guest ip -n client link set eth1 up
files >"$work/before"
passed

# What an operator has who begins with that section: BIND at an address of the loopback interface. A client asks it.
step=bind
bind_answers() {
	[ "$(guest dig -b 10.53.0.1 @10.53.0.2 www.example.net +short +tries=1 +time="$scale")" = 192.0.2.80 ]
}
run guest cp /debs/named.conf /debs/db.example.net /etc/bind/
run guest ip addr add 10.53.0.2/32 dev lo
run guest ip addr add 10.53.0.1/32 dev lo
run guest systemctl restart named
poll 20 bind_answers || fail "BIND does not answer: $(guest journalctl -u named -n 5 --no-pager)"
run guest ip addr del 10.53.0.1/32 dev lo
passed "$(guest named -v | cut -d ' ' -f 1,2)"

step=walk
guest bash -c 'cd /debs && bash walk.sh' >"$work/walk.log" 2>&1 || fail "it ends early: $(tail -n 20 "$work/walk.log")"
fault=$(walk_fault "$work/walk.log")
[ -z "$fault" ] || fail "$fault: $(cat "$work/walk.log")"
is_state named inactive || fail "BIND still runs"
# shellcheck disable=SC2016 # dpkg-query does it
[[ $(guest dpkg-query -W -f '${Version}' wadi) = *+next ]] || fail "the next version is not installed"
run guest apt-get purge wadi wadi-doc wadi-import
run guest systemctl enable named # as it was before
run guest rm /etc/bind/db.example.net
passed "the section 'All of it once' of docs/operating.md"

step=install
run guest bash -c 'apt-get install --no-install-recommends /debs/*.deb'
[ -z "$(guest systemctl list-units --all --plain --no-legend 'wadi@*')" ] || fail "an installation starts something: $(guest systemctl status --no-pager -n 0 wadi@*)"
expect_user=$(guest getent passwd wadi | cut -d : -f 6-7)
[ "$expect_user" = /:/usr/sbin/nologin ] || fail "the user wadi is '$expect_user'"
for program in dns web sdn echo ctl ofp bench import image; do
	run guest "wadi-$program" --help
done
for kind in dns web sdn; do
	run guest "wadi-$kind" check -c "/etc/wadi/$kind.json"
done
passed "nothing runs before it is enabled"

# What docs/operating.md says of the packages, and where each program's files are.
step=contents
said=$(sed -n 's/^| .wadi. | //p' docs/operating.md | grep -ow 'wadi-[a-z]*' | sort | paste -sd ' ')
programs=$(guest dpkg-query -L wadi | sed -n 's|^/usr/bin/||p' | sort | paste -sd ' ')
[ "$programs" = "$said" ] || fail "the package wadi has '$programs', the document says '$said'"
for program in $programs wadi-bench wadi-import wadi-image; do
	parts=("/usr/share/man/man8/$program.8.gz")
	[[ $program = wadi-i* ]] || parts+=("/usr/share/bash-completion/completions/$program")
	package=$(guest dpkg-query -S "/usr/bin/$program")
	for part in "${parts[@]}"; do
		other=$(guest dpkg-query -S "$part") || fail "there is no $part"
		[ "${other%%:*}" = "${package%%:*}" ] || fail "$part is of ${other%%:*}, its program of ${package%%:*}"
	done
done
# shellcheck disable=SC2016 # dpkg-query expands it
mine=$(guest dpkg-query -W -f '${Conffiles}\n' wadi)
for file in $(guest find /etc/wadi -type f) /etc/logrotate.d/wadi; do
	grep -q "^ $file " <<<"$mine" || fail "an upgrade would replace $file and not ask"
done
linked=$(guest dpkg -s wadi | sed -n 's/^Built-Using: //p')
for source in dpdk nghttp2 openssl; do
	[[ ", $linked" == *", $source (= "[0-9]* ]] || fail "Built-Using has no version of $source: $linked"
done
passed "Built-Using $linked"

step=serve
run guest sed -i 's|"device".*|"device": "af_packet:eth1", "ipv4": "192.0.2.53/24" }|; /"ipv4": "10.53.0.2/d' /etc/wadi/dns.json
run guest sed -i 's|"dns": {|"dns": { "query_log": { "file": "/var/log/wadi/queries.log" }, "rate_limit": { "enabled": false },|' /etc/wadi/dns.json
run guest systemctl enable --now wadi@dns
poll 20 is_answered || fail "no answer: $(guest journalctl -u wadi@dns -n 5 --no-pager)"
run guest wadi-ctl health
passed "$(guest systemctl show wadi@dns -p User --value), enabled"

step=page
page() {
	guest curl -sS --compressed -m "$scale" "http://10.53.0.2:8181/$1"
}
is_page() {
	page "" >"$work/page.html" 2>>"$log" && grep -q cytoscape "$work/page.html"
}
run guest sed -i 's|"topology": true|&, "api": { "address": "10.53.0.2", "port": 8181, "token_file": "/var/lib/wadi/token" }|' \
	/etc/wadi/sdn.json
run guest install -o wadi -m 600 /proc/sys/kernel/random/uuid /var/lib/wadi/token
run guest systemctl start wadi@sdn
run guest ip addr add 10.53.0.1/24 dev wadi0
run guest ip link set wadi0 up
poll 20 is_page || fail "no page of wadi-sdn: $(guest journalctl -u wadi@sdn -n 5 --no-pager)"
licences=$(page licences.txt)
for owner in "The Cytoscape Consortium" "Leon Sorokin"; do
	[[ $licences == *"$owner"* ]] || fail "the page has no licence of $owner"
done
run guest systemctl stop wadi@sdn
passed "wadi-sdn has its page"

# Guests are made of the installed package; apt fetches kernel, GRUB and Xen, so with the machine's network.
step=image
images=$system/var/tmp/image
examples=/usr/share/doc/wadi/examples
image() {
	debian_enter "$system" timeout $((300 * scale)) env XDG_CACHE_HOME=/var/tmp/image wadi-image "$@"
}
run mkdir "$images"
sed 's|tap:wadi0|xen:vif/0|' "$system/$examples/sdn.json" >"$images/sdn.json"
cat >"$images/dns.json" <<END
{ "ports": [ { "name": "net0", "device": "pci:0000:00:03.0", "ipv4": "10.54.0.2/24" } ],
  "dns": { "zones": [ { "origin": "example.org", "file": "$examples/zones/example.org.zone" } ] } }
END
run image build dns -c "$examples/dns-xen.json" -o /var/tmp/image/build
run image build sdn -c /var/tmp/image/sdn.json -o /var/tmp/image/sdn
run image disk dns -c "$examples/dns-xen.json" -o /var/tmp/image/disk
run image disk /usr/bin/wadi-dns -c /var/tmp/image/dns.json -o /var/tmp/image/virtio
made=$(gzip -dc "$images/build/initrd" | cpio --quiet -t)
for name in init etc/wadi/dns.json etc/wadi/zones/example.org.zone lib/modules/xen-gntalloc.ko; do
	grep -qx "$name" <<<"$made" || fail "the initrd has no $name"
done
run guest qemu-img compare -q -f raw -F qcow2 /var/tmp/image/disk/disk.{raw,qcow2}
passed "wadi-image made guests of wadi-dns and wadi-sdn"

# Both kinds for Xen.
step=boot
for made in build disk; do
	image run /var/tmp/image/$made --dig www.example.org >"$work/$made.out" 2>&1 || fail "no answer: $(tail -n 15 "$work/$made.out")"
	grep -q '192\.0\.2\.80' "$work/$made.out" || fail "another answer: $(tail -n 15 "$work/$made.out")"
done
run rm -r "$images"
passed "QEMU boots them under Xen"

step=rotate
rotated() {
	guest test -s /var/log/wadi/queries.log.1 && is_answered && guest test -s /var/log/wadi/queries.log
}
run guest logrotate --force --state /tmp/logrotate /etc/logrotate.d/wadi
poll 20 rotated || fail "the query log is not rotated: $(guest ls -l /var/log/wadi)"
passed

# The client asks all the time; what gets no answer within two seconds is lost.
step=upgrade
main_pid() {
	guest systemctl show wadi@dns -p MainPID --value
}
before=$(main_pid)
guest bash -c 'echo "www.example.org A" >/tmp/questions'
guest ip netns exec client dnsperf -s 192.0.2.53 -d /tmp/questions -l $((8 * scale)) -Q 500 -c 4 -t 2 >"$work/load.out" 2>&1 &
load=$!
sleep 2
run guest bash -c 'dpkg -i /debs/next/wadi_*.deb'
poll 20 is_answered || fail "no answer after the upgrade: $(guest journalctl -u wadi@dns -n 5 --no-pager)"
wait $load || fail "dnsperf fails: $(cat "$work/load.out")"
[ "$(main_pid)" != "$before" ] || fail "the old version still runs"
sent=$(awk '/Queries sent:/ { print $3 }' "$work/load.out")
lost=$(awk '/Queries lost:/ { print $3 }' "$work/load.out")
[ "${sent:-0}" -gt 500 ] || fail "dnsperf sent $sent queries"
[ "$lost" = 0 ] || fail "$lost of $sent queries lost: $(guest journalctl -u wadi@dns -n 25 --no-pager)"
passed "none of $sent queries lost"

step=remove
run guest apt-get remove wadi
run is_state wadi@dns inactive
! guest pgrep -x wadi-dns >>"$log" || fail "wadi-dns outlives its package"
[ -s "$system/etc/wadi/dns.json" ] || fail "a removal took the configuration"
passed "the configuration stays"

step=purge
run guest bash -c 'apt-get purge wadi wadi-bench wadi-guest-tools wadi-import wadi-doc && apt-get autoremove --purge \
	-o APT::AutoRemove::RecommendsImportant=false -o APT::AutoRemove::SuggestsImportant=false'
files >"$work/after"
left=$(diff "$work/before" "$work/after" || true)
[ -z "$left" ] || fail "left behind or taken: $left"
passed "nothing is left but the user"
