#!/bin/bash
# What docs/operating.md and its table of kernel settings say, and no other script tries: commands as
# they stand there, an upgrade in the background, devices that cannot go over, what starts over, what
# clients of another worker hear while one stands still, settings that the kernel has, huge pages.
. "$(dirname "$0")/lib.sh"

# indented SECTION: the lines of its commands and files.
indented() {
	awk -v title="## $1" '/^## / { inside = $0 == title } inside && /^    / { print substr($0, 5) }' docs/operating.md
}
logged() {
	grep -q "$1" "$tmp/$2.log"
}

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0
serve dns "$server" "${managed[@]}"
answers "$client"

# Watching, as it stands.
export WADI_CTL=$tmp/dns.sock
indented Watching >"$tmp/watching"
[ "$(wc -l <"$tmp/watching")" -ge 5 ] || fail "the document shows no commands to watch by"
while read -r -a words; do
	expect wadi-ctl "${words[0]}" "what the document watches by"
	"$ctl" "${words[@]:1}" >"$tmp/watched" 2>&1 || fail "${words[*]}: $(cat "$tmp/watched")"
	[ -s "$tmp/watched" ] || fail "${words[*]} prints nothing"
done < <(sed 's/--seconds 5/--seconds 1/' "$tmp/watching")

# Another device waits for a restart, which a reload says.
sed -i 's|"af_packet:w0"|"af_packet:w0,frames=64"|' "$tmp/dns.json"
"$ctl" reload >"$tmp/reload.out" 2>&1 || fail "a reload fails: $(cat "$tmp/reload.out")"
grep -q 'ports\[0\].device.* restart to take it' "$tmp/reload.out" || fail "a reload says nothing of a device: $(cat "$tmp/reload.out")"
sed -i 's|,frames=64||' "$tmp/dns.json"

# In the background: 0 when the new process serves, 1 and a sentence when it does not.
queries() {
	"$ctl" metrics | sed -n 's/^wadi_dns_queries_total //p'
}
[ "$(queries)" -ge 4 ] || fail "queries before an upgrade: $(queries)"
status=0
within "$server" "$dns" serve --replace --background -c "$tmp/dns.json" --set workers=2 >"$tmp/failed.log" 2>&1 || status=$?
expect 1 $status "exit status of an upgrade in the background that fails"
grep -q 'the running process has 1' "$tmp/failed.log" || fail "it does not say why: $(cat "$tmp/failed.log")"
poll 10 logged 'the new process is gone before it served: this one goes on serving' dns || fail "the old process says nothing of it: $(cat "$tmp/dns.log")"
answers "$client"
within "$server" "$dns" serve --replace --background -c "$tmp/dns.json" </dev/null >"$tmp/next.log" 2>&1 || fail "an upgrade in the background: $(cat "$tmp/next.log")"
poll 10 eval '! alive dns' || fail "the old process does not end"
wait "${pid_of[dns]}" || fail "the old process fails"
unset "pid_of[dns]"
expect 0 "$(queries)" "queries counted after an upgrade: counters start over"
answers "$client"
# Another device is opened as at a start.
within "$server" "$dns" serve --replace --background -c "$tmp/dns.json" --set ports[0].device=tap:wadi0 </dev/null >"$tmp/moved.log" 2>&1 ||
	fail "an upgrade to another device: $(cat "$tmp/moved.log")"
host_side "$server" wadi0
answers "$server"
kill "$("$ctl" status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])')"
poll 10 test ! -e "$tmp/dns.sock" || fail "the process in the background does not end"

# Devices that cannot go over: the new process says so and ends, the old one serves on.
printf '\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0' >"$tmp/in.pcap"
for device in "memif:$tmp/link.sock" "pcap:$tmp/in.pcap,$tmp/out.pcap" "impair(delay=1ms):af_packet:w0" mem:x; do
	[[ $("$dns" --help) == *"  ${device%%[:(]*}"[:\(]* ]] || continue
	conf stays "$device"
	serve stays "$server"
	status=0
	within "$server" timeout $((20 * scale)) "$dns" serve --replace -c "$tmp/stays.json" >"$tmp/refused.log" 2>&1 || status=$?
	expect 1 $status "exit status of an upgrade on $device: $(cat "$tmp/refused.log")"
	grep -q 'cannot be handed over' "$tmp/refused.log" || fail "an upgrade on $device: $(cat "$tmp/refused.log")"
	"$ctl" "$tmp/stays.sock" status >/dev/null || fail "the old process on $device does not serve"
	stop stays
done

# One of two workers stands still: who asks the other hears 503, who asks that one nothing.
conf two af_packet:w0 workers=2
start two "$server" "$dns" serve -c "$tmp/two.json" "${managed[@]}"
ready two
cat >"$tmp/ask.sh" <<END
for _ in \$(seq $((200 * scale))); do ! grep -q 'worker 1 .* has taken no turn' "$tmp/two.log" || break; sleep 0.05; done
for port in \$(seq 42000 42011); do
	ip netns exec "$client" curl -s -m $((4 * scale)) --local-port \$port -o /dev/null -w '%{http_code}\n' \
		-u any:token-of-the-tests http://10.53.0.2:9100/healthz &
done
wait
END
python3 tests/net/freeze.py "${pid_of[two]}" worker1 bash "$tmp/ask.sh" >"$tmp/codes" || true
expect "000 503" "$(sort -u "$tmp/codes" | paste -sd ' ')" "statuses of /healthz while one of two workers stands still"
stop two

# A key that its group alone may read; a start that cannot read it says which file, and what to do.
mkdir "$tmp/state"
chmod 755 "$tmp"
chown nobody "$tmp/state"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3 -subj /CN=ns.example.org -keyout "$tmp/ns.key" \
	-out "$tmp/ns.pem" 2>/dev/null
conf keyed af_packet:w0
sed -i "s|$tmp/keyed.sock|$tmp/state/keyed.sock|; s|\"ports\":|\"user\": \"nobody\", &|
	s|\"dns\": {|& \"tls\": { \"enabled\": true, \"certificates\": [ { \"certificate\": \"$tmp/ns.pem\", \"key\": \"$tmp/ns.key\" } ] },|" "$tmp/keyed.json"
ln -s state/keyed.sock "$tmp/keyed.sock"
chmod 600 "$tmp/ns.key"
status=0
within "$server" timeout 20 "$dns" serve -c "$tmp/keyed.json" >"$tmp/unread.log" 2>&1 || status=$?
expect 1 $status "exit status without access to a key: $(cat "$tmp/unread.log")"
grep -q "$tmp/ns.key.*Permission denied; give user nobody access to it" "$tmp/unread.log" || fail "a start does not name the key: $(cat "$tmp/unread.log")"
chgrp "$(id -gn nobody)" "$tmp/ns.key"
chmod 640 "$tmp/ns.key"
serve keyed "$server"
answers "$client"
stop keyed

# Linux interfaces need no huge page and no setting; the settings of the table are there.
conf plain tap:wadi0
serve plain "$client"
! grep -q hugepage "/proc/${pid_of[plain]}/maps" || fail "a TAP is served from huge pages"
stop plain
for name in $(awk '/^## Kernel settings/ { inside = 1 } /^## Time/ { inside = 0 } inside && /^\| `/' docs/operations.md | cut -d '|' -f 2 | tr -d '`,'); do
	[ -e "/proc/sys/$(tr . / <<<"${name/IFACE/lo}")" ] || fail "docs/operations.md: this kernel has no $name"
done
expect 1 "$(cat /proc/sys/net/core/bpf_jit_enable)" "net.core.bpf_jit_enable, of which the document says that it is the default"
# The file for /etc/sysctl.d is taken by sysctl, into a file that stands where the kernel's is.
indented "Memory and kernel settings" >"$tmp/sysctl.conf"
expect "vm.nr_hugepages = 64" "$(cat "$tmp/sysctl.conf")" "the file for sysctl"
echo 0 >"$tmp/pages"
# shellcheck disable=SC2016 # the inner shell expands them
unshare -m bash -c 'mount --bind "$0/pages" /proc/sys/vm/nr_hugepages && sysctl -q -p "$0/sysctl.conf"' "$tmp" || fail "sysctl does not take the file"
expect 64 "$(cat "$tmp/pages")" "what sysctl writes"

# Huge pages: as many as the document counts for a memif make the difference, if this machine has them
# to spare. Whoever measures has the file locked.
"$dns" --help | grep -q memif: || exit 0
pages=/proc/sys/vm/nr_hugepages
exec 8<$pages
flock -w $((10 * scale)) 8 || { note "huge pages are in use"; exit 0; }
[ "$(cat $pages)" = 0 ] || { note "huge pages are in use"; exit 0; }
give_back() {
	local status=$?
	set +e
	echo 0 >$pages
	return $status
}
trap 'give_back; cleanup' EXIT
# 8 for the process, 4 for the port, 4,096 pages of 850 bytes more than an MTU of 1,500.
needed=$((8 + 4 + (4096 * 2350 + 2097151) / 2097152))
conf huge "memif:$tmp/memif.sock,role=server" pages=4096
for case in "$((needed - 1)) plain memory (not enough free huge pages)" "$needed 2 MiB huge pages"; do
	echo "${case%% *}" >$pages
	[ "$(cat $pages)" = "${case%% *}" ] || { note "no memory for huge pages"; exit 0; }
	serve huge "$server"
	logged "pages in ${case#* }" huge || fail "with ${case%% *} huge pages: $(cat "$tmp/huge.log")"
	stop huge
done
