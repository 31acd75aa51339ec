#!/bin/bash
# The unit as systemd runs it: systemd-analyze has nothing to say against it; then a systemd
# of its own, with namespaces and a copy-on-write root, starts what `meson install` puts
# there as the user that systemd-sysusers makes, reloads it, rotates its query log by the
# recipe of docs/operations.md, has a new program take its place under load, starts it again
# after kill -9, and stops it.
. "$(dirname "$0")/lib.sh"
for command in systemd-analyze systemd-sysusers logrotate unshare; do
	command -v $command >/dev/null || skip "$command is missing: tools/deps run test"
done
. tests/package/installed.sh

unit=$prefix/lib/systemd/system/wadi@.service
mkdir "$tmp/unit"
sed 's|/usr/local/bin/wadi-%i|/bin/true|; s|^Documentation.*||; s|^User=wadi|User=daemon|' "$unit" >"$tmp/unit/wadi@.service"
expect "" "$(systemd-analyze verify "$tmp/unit/wadi@.service" 2>&1)" "what systemd says of the unit"
exposure=$(systemd-analyze security --offline=yes --no-pager "$tmp/unit/wadi@.service" 2>/dev/null |
	sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
note "systemd-analyze security: $exposure of 10"
awk -v exposure="$exposure" 'BEGIN { exit !(exposure != "" && exposure < 3) }' ||
	fail "the exposure of the unit by systemd-analyze is '$exposure'"

# A systemd in a cgroup of its own, which goes with the script.
unified=$(findmnt -t cgroup2 -n -o TARGET | head -n 1)
[ -n "$unified" ] || skip "there is no cgroup2 to run systemd in"
[ -x /lib/systemd/systemd ] || skip "/lib/systemd/systemd is missing"
cgroup=$unified/wadi-test-$$
root_of_guest=$tmp/guest

end_guest() {
	local status=$?
	set +e
	if [ -n "${init:-}" ]; then
		[ $status -eq 0 ] || tail -n 30 "$tmp"/guest.log "$tmp"/share/*.log
		kill -KILL "$init"
	fi
	wait 2>/dev/null
	[ ! -d "$cgroup" ] || find "$cgroup" -depth -type d -exec rmdir {} \;
	return $status
}
trap 'end_guest; cleanup' EXIT

# What runs in the new namespaces until systemd takes over: units are only those that this
# script names, so that nothing of the machine's own is started or set.
boot_guest() {
	local root=$root_of_guest/root device
	mount --make-rprivate /
	mount -t tmpfs none "$root_of_guest"
	mkdir "$root_of_guest"/{upper,work,root}
	mount -t overlay overlay -o "lowerdir=/,upperdir=$root_of_guest/upper,workdir=$root_of_guest/work" "$root"
	mount -t proc proc "$root/proc"
	mount --bind "$root/proc/sys" "$root/proc/sys"
	mount -o remount,bind,ro "$root/proc/sys"
	mount -t sysfs -o ro sysfs "$root/sys"
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
	for place in run tmp dev usr/lib/systemd/system usr/lib/systemd/system-generators; do
		mount -t tmpfs -o mode=755 none "$root/$place"
	done
	mkdir -p "$root/dev/net" "$root/dev/shm" "$root/etc/wadi" "$root/share"
	for device in null zero full random urandom net/tun; do
		touch "$root/dev/$device"
		mount --bind "/dev/$device" "$root/dev/$device"
	done
	mount --bind "$tmp/share" "$root/share"
	rm -rf "$root/etc/systemd" "$root/usr/local/lib/systemd"
	mkdir -p "$root/etc/systemd/system/wadi@.service.d"
	for target in default basic sysinit shutdown network; do
		printf '[Unit]\nDefaultDependencies=no\n' >"$root/usr/lib/systemd/system/$target.target"
	done
	# There is no journal here.
	printf '[Service]\nStandardOutput=append:/share/wadi.log\nStandardError=append:/share/wadi.log\nRestartSec=200ms\nWatchdogSec=%s\n' $((3 * scale)) \
		>"$root/etc/systemd/system/wadi@.service.d/log.conf"
	cp -r "$prefix/." "$root/usr/local/"
	mkdir -p "$root/etc/wadi/zones"
	cp "$tmp/dns.json" "$root/etc/wadi/"
	cp "$tmp/dns.zone" "$root/etc/wadi/zones/"
	chroot "$root" systemd-sysusers /usr/local/lib/sysusers.d/wadi.conf
	mkdir "$root/host"
	cd "$root" || exit
	pivot_root . host
	umount -l /host
	exec env -i container=wadi PATH=/usr/local/bin:/usr/bin:/usr/sbin /lib/systemd/systemd --system \
		--log-target=console --show-status=no
}

conf dns tap:wadi0
sed -i "s|$tmp/dns.sock|/run/wadi/dns.sock|; s|$tmp/dns.zone|/etc/wadi/zones/dns.zone|;
	s|\"dns\": {|\"dns\": { \"query_log\": { \"file\": \"/var/log/wadi/queries.log\" }, \"state_directory\": \"/var/lib/wadi\",|" "$tmp/dns.json"
chmod 755 "$tmp"
mkdir "$root_of_guest" "$tmp/share" "$cgroup"
# The recipe is the indented block of the document that begins with the log's name.
awk '/^    \/var\/log\/wadi/ { inside = 1 } /^[^ ]/ { inside = 0 } inside { print substr($0, 5) }' docs/operations.md >"$tmp/share/logrotate.conf"
grep -q postrotate "$tmp/share/logrotate.conf" || fail "docs/operations.md has no recipe for logrotate"
export tmp prefix root_of_guest cgroup scale
# shellcheck disable=SC2016 # the inner shell expands it
bash -c 'echo $BASHPID >"$cgroup/cgroup.procs" && exec "$@"' - \
	unshare --pid --mount --uts --ipc --net --cgroup --fork --kill-child \
	bash -ec "$(declare -f boot_guest); boot_guest" >"$tmp/guest.log" 2>&1 &
outer=$!
find_init() {
	init=$(pgrep -P $outer)
}
poll 10 find_init || skip "no namespaces for systemd: $(tail -n 3 "$tmp/guest.log")"
guest() {
	nsenter -t "$init" -a "$@"
}
poll 30 guest test -S /run/systemd/private || skip "systemd does not start here: $(tail -n 3 "$tmp/guest.log")"
guest systemctl is-system-running --wait | has_line -E 'running|degraded' || skip "systemd does not start here: $(tail -n 3 "$tmp/guest.log")"

# show PROPERTY: of the service.
show() {
	guest systemctl show wadi@dns -p "$1" --value
}
is_state() {
	[ "$(show ActiveState)" = "$1" ]
}
in_log() {
	[ "$(grep -c "$1" "$tmp/share/wadi.log")" -ge "$2" ]
}
answers_in_guest() {
	poll 20 guest wadi-ctl /run/wadi/dns.sock status || fail "the control socket does not answer"
	guest ip addr replace 10.53.0.1/24 dev wadi0
	guest ip link set wadi0 up
	expect 192.0.2.80 "$(guest dig @10.53.0.2 www.example.org +short +tries=5 +time="$scale")" "the answer"
}

guest systemctl start wadi@dns || fail "the unit does not start: $(cat "$tmp/share/wadi.log")"
poll 20 in_log 'started in' 1 || fail "the appliance does not start"
answers_in_guest
first=$(show MainPID)
expect "wadi wadi" "$(guest stat -c '%U %G' "/proc/$first")" "the owner of the process"
expect 0000000000000000 "$(guest sed -n 's/^CapPrm:\s*//p' "/proc/$first/status")" "its capabilities"
expect "wadi" "$(guest stat -c %U /var/log/wadi/queries.log)" "the owner of the query log"

guest systemctl reload wadi@dns || fail "systemctl reload fails"
poll 10 in_log reloaded 1 || fail "the appliance was not reloaded"

# The recipe as it stands.
guest logrotate --force --state /run/logrotate.state /share/logrotate.conf >"$tmp/share/logrotate.log" 2>&1 ||
	fail "logrotate fails: $(cat "$tmp/share/logrotate.log")"
poll 10 in_log log-reopen 1 || fail "the recipe did not have the logs opened again"
guest dig @10.53.0.2 rotated.example.org +short >/dev/null
logged() {
	guest grep -q "$1" "$2"
}
poll 10 logged rotated.example.org /var/log/wadi/queries.log || fail "the new query log is not written"
logged www.example.org /var/log/wadi/queries.log.1 || fail "the old query log was not kept"
! logged rotated.example.org /var/log/wadi/queries.log.1 || fail "the old query log is still written"

# Another program was installed: it takes the place of the one that runs, loses no query, and
# has to say that it is alive as that had.
echo 'www.example.org A' >"$tmp/share/queries"
guest dnsperf -s 10.53.0.2 -d /share/queries -Q 300 -l $((2 * scale + 3)) >"$tmp/share/dnsperf.log" 2>&1 &
load=$!
sleep 1
guest cp /usr/local/bin/wadi-dns /usr/local/bin/wadi-dns.new
guest mv /usr/local/bin/wadi-dns.new /usr/local/bin/wadi-dns
guest systemctl reload wadi@dns || fail "systemctl reload does not replace the process: $(tail "$tmp/share/wadi.log")"
second=$(show MainPID)
[ "$second" != "$first" ] || fail "the process is still the first"
! guest test -e "/proc/$first" || poll 10 guest test ! -e "/proc/$first" || fail "the first process is still there"
wait $load || fail "dnsperf fails: $(cat "$tmp/share/dnsperf.log")"
grep -q 'Queries lost: *0 ' "$tmp/share/dnsperf.log" || fail "queries were lost: $(cat "$tmp/share/dnsperf.log")"
expect "active 0 $second" "$(show ActiveState) $(show NRestarts) $(show MainPID)" "the state after the program was replaced"

# What zone-add keeps outlasts the process.
guest cp /etc/wadi/zones/dns.zone /etc/wadi/zones/kept.zone
guest sed -i 's/example.org/kept.test/' /etc/wadi/zones/kept.zone
guest wadi-ctl /run/wadi/dns.sock zone-add kept.test /etc/wadi/zones/kept.zone >/dev/null || fail "zone-add fails"
guest kill -KILL "$second"
# restarted TIMES: the log is asked first, which costs less than systemd.
restarted() {
	in_log 'started in' $(($1 + 2)) && [ "$(show NRestarts)" = "$1" ] && is_state active
}
poll 20 restarted 1 || fail "systemd does not start it again after kill -9: $(show ActiveState) $(show Result)"
[ "$(show MainPID)" != "$second" ] || fail "the process is still the second"
answers_in_guest
expect 10.53.0.2 "$(guest dig @10.53.0.2 ns.kept.test +short +tries=5 +time="$scale")" "the answer of the zone that was added"

# A worker that stands still: systemd is not told that all is well, and starts the process again.
stalled=$(find "$cgroup" -path '*wadi@dns.service/cgroup.procs' -exec cat {} +)
python3 tests/net/freeze.py "$stalled" worker0 sleep $((60 * scale)) >"$tmp/freeze.log" 2>&1 &
frozen=$!
poll 20 in_log 'worker 0 .* has taken no turn' 1 || fail "the worker is not named: $(cat "$tmp/freeze.log")"
poll 20 in_log 'fatal: SIGABRT' 1 || fail "systemd does not end it: $(show ActiveState) $(show Result)"
pkill -P $frozen
wait $frozen || true
poll 20 restarted 2 || fail "systemd does not start it again: $(show ActiveState) $(show NRestarts)"
answers_in_guest

guest systemctl stop wadi@dns || fail "systemctl stop fails"
expect "inactive success" "$(show ActiveState) $(show Result)" "the state after a stop"
! guest test -e /run/wadi/dns.sock || fail "the control socket outlived the service"
! guest ip link show wadi0 2>/dev/null || fail "the TAP outlived the service"

# An appliance of one's own. It asks to be given longer than its unit has (TimeoutStopSec) while it is a
# lame duck.
guest cp /usr/local/bin/wadi-echo /usr/local/bin/wadi-mine
cat >"$tmp/share/mine.json" <<-END
	{ "lame_duck_ms": $((1500 * scale)), "ports": [ { "name": "net0", "device": "tap:mine0", "ipv4": ["10.54.0.2/24"] } ],
	  "control": { "socket": "/run/wadi/mine.sock" } }
END
guest cp /share/mine.json /etc/wadi/
guest mkdir /etc/systemd/system/wadi@mine.service.d
printf '[Service]\nTimeoutStopSec=%sms\n' $((500 * scale)) >"$tmp/share/short.conf"
guest cp /share/short.conf /etc/systemd/system/wadi@mine.service.d/
guest systemctl daemon-reload
guest systemctl start wadi@mine || fail "an appliance of one's own does not start: $(tail "$tmp/share/wadi.log")"
expect /usr/local/bin/wadi-mine "$(guest readlink "/proc/$(guest systemctl show wadi@mine -p MainPID --value)/exe")" "the program of wadi@mine"
guest systemctl stop wadi@mine
expect success "$(guest systemctl show wadi@mine -p Result --value)" "the result of a stop that takes longer than TimeoutStopSec"

# A device that is not there yet: the unit says so and waits, more often than a start limit
# would allow, until it is.
guest sed -i 's|tap:wadi0|af_packet:late0|' /etc/wadi/dns.json
: >"$tmp/share/wadi.log"
guest systemctl start --no-block wadi@dns
waits() {
	in_log 'there is no such interface' 7 && [ "$(show NRestarts)" -ge 6 ]
}
poll 60 waits || fail "systemd gave up: $(show ActiveState) $(show Result) after $(show NRestarts) restarts"
in_log 'ports\[0\].device: af_packet:late0: there is no such interface' 3 || fail "the log does not name the device that is missing"
guest ip link add late0 type veth peer name late1
guest ip link set late0 up
guest ip link set late1 up
poll 20 in_log 'started in' 1 || fail "the device that came late is not served"
poll 10 is_state active || fail "the service is $(show ActiveState)"
guest systemctl stop wadi@dns

# What the head of the unit names for af_xdp, in a drop-in.
if guest wadi-dns --help | grep -q af_xdp:; then
	{ echo '[Service]' && sed -n 's/^#  *af_xdp:\.\.\. *//p' "$unit" | sed 's/; /\n/g'; } >"$tmp/share/xdp.conf"
	grep -q '^SystemCallFilter=' "$tmp/share/xdp.conf" || fail "the unit names nothing for af_xdp: $(cat "$tmp/share/xdp.conf")"
	guest cp /share/xdp.conf /etc/systemd/system/wadi@.service.d/xdp.conf
	# In a container systemd may be unable to raise the limit on locked memory.
	[ "$(ulimit -Hl)" = unlimited ] && frames=8192 || frames=1024
	guest sed -i "s|af_packet:late0|af_xdp:late0,frames=$frames|" /etc/wadi/dns.json
	guest systemctl daemon-reload
	: >"$tmp/share/wadi.log"
	guest systemctl start wadi@dns || fail "af_xdp does not start with what the unit names for it: $(cat "$tmp/share/wadi.log")"
	expect 0000000000000000 "$(guest sed -n 's/^CapPrm:\s*//p' "/proc/$(show MainPID)/status")" "capabilities of a process with af_xdp"
	guest systemctl stop wadi@dns
	guest rm /etc/systemd/system/wadi@.service.d/xdp.conf
	guest systemctl daemon-reload
fi

# The first steps of docs/operating.md as they stand, with the configuration that comes along.
indented() {
	awk -v title="## $1" '/^## / { inside = $0 == title } inside && /^    / { print substr($0, 5) }' docs/operating.md
}
# walk NAME: runs $tmp/share/NAME.sh; what it prints is in NAME.log.
walk() {
	guest env "PATH=/share/bin:/usr/local/bin:$PATH" bash -ex "/share/$1.sh" >"$tmp/share/$1.log" 2>&1
}
mkdir "$tmp/share/bin"
printf '#!/bin/sh\nexec "$@"\n' >"$tmp/share/bin/sudo"
chmod 755 "$tmp/share/bin/sudo"
guest cp -r /usr/local/share/doc/wadi/examples/dns.json /usr/local/share/doc/wadi/examples/zones /etc/wadi/
indented "A first answer" >"$tmp/share/first.sh"
poll 10 is_state inactive || fail "the service is $(show ActiveState)"
walk first || fail "the first answer of docs/operating.md: $(cat "$tmp/share/first.log")"
grep -qE '^www.example.org.\s.*192.0.2.80$' "$tmp/share/first.log" || fail "there is no first answer: $(cat "$tmp/share/first.log")"

# A zone of one's own; then one with a mistake, and another device.
indented "A zone of your own" | grep -v '^"zones"' >"$tmp/share/own.sh"
zones=$(indented "A zone of your own" | grep '^"zones"') || fail "docs/operating.md has no key dns.zones"
guest sed -i "s|\"zones\": .*|$zones|" /etc/wadi/dns.json
sed 's/example.org/example.net/' "$tmp/dns.zone" >"$tmp/share/example.net.zone"
guest cp /share/example.net.zone /etc/wadi/zones/
walk own || fail "a zone of one's own, by docs/operating.md: $(cat "$tmp/share/own.log")"
served() {
	guest wadi-ctl zones | grep -q '^example.net. *1 '
}
poll 10 served || fail "the zone is not served: $(guest wadi-ctl zones)"
guest bash -c 'echo "www A nonsense" >>/etc/wadi/zones/example.net.zone'
! walk own || fail "a mistake in a zone passes wadi-dns check"
grep -q 'example.net.zone:30:.*nonsense' "$tmp/share/own.log" || fail "wadi-dns check does not name the line: $(cat "$tmp/share/own.log")"
: >"$tmp/share/wadi.log"
guest systemctl reload wadi@dns
poll 10 in_log 'nonsense' 1 || fail "the log says nothing of a zone with a mistake: $(cat "$tmp/share/wadi.log")"
served || fail "a zone with a mistake is not kept"
guest systemctl stop wadi@dns

# The walk of docs/operating.md, its commands and BIND's configuration as they stand there. In place
# of a package, apt installs a copy of the program, and reloads what runs as tools/package/debian/wadi.postinst
# does; in place of BIND there is a service that does nothing.
. tests/package/walk.sh
guest mkdir -p /etc/bind
walk_write "$tmp/share"
guest cp /share/named.conf /share/db.example.net /etc/bind/
printf '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sleep infinity\n' >"$tmp/share/named.service"
guest cp /share/named.service /etc/systemd/system/
guest systemctl daemon-reload
guest systemctl start named
guest ip addr add 10.53.0.2/32 dev lo
cp -r tools/import tools/importer "$tmp/share/bin/"
mv "$tmp/share/bin/import" "$tmp/share/bin/wadi-import"
cat >"$tmp/share/bin/apt" <<-'END'
	#!/bin/sh -e
	cp /usr/local/bin/wadi-dns /usr/local/bin/new
	mv /usr/local/bin/new /usr/local/bin/wadi-dns
	! systemctl -q is-active wadi@dns || systemctl reload wadi@dns
END
chmod 755 "$tmp/share/bin/apt"
poll 10 is_state inactive || fail "the service is $(show ActiveState)"
guest env "PATH=/share/bin:/usr/local/bin:$PATH" bash /share/walk.sh >"$tmp/share/walk.log" 2>&1 ||
	fail "the walk of docs/operating.md: $(cat "$tmp/share/walk.log")"
fault=$(walk_fault "$tmp/share/walk.log")
[ -z "$fault" ] || fail "$fault: $(cat "$tmp/share/walk.log")"
! guest systemctl -q is-active named || fail "BIND's service still runs"
# What took another's place ends as orderly as that would have.
guest systemctl stop wadi@dns
expect "inactive success" "$(show ActiveState) $(show Result)" "the state after a stop of what was upgraded"
