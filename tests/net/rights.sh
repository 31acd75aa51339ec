#!/bin/bash
# What a server that root starts is left with: on each kind of device it becomes the user of
# the configuration, keeps no capability, and is refused by the kernel what it does not need,
# as gdb shows that calls it from within; while what an operator does still works: a new zone
# in the folder, zone-add, a reload of the configuration, a query log that is moved away.
. "$(dirname "$0")/lib.sh"
command -v gdb >/dev/null || skip "gdb is missing: tools/deps run test"

mkdir "$tmp/etc" "$tmp/zones" "$tmp/state" "$tmp/elsewhere"
chmod 755 "$tmp"
chown nobody "$tmp/state"

# restricted NAME DEVICE [KEY=JSON...]: a configuration whose process becomes nobody.
restricted() {
	conf "$@"
	zone "zones/example.org.zone"
	sed -i "s|\"control\": .*|\"user\": \"nobody\", \"control\": { \"socket\": \"$tmp/state/$1.sock\" },|;
		s|{ \"origin\": .* }|{ \"directory\": \"$tmp/zones\", \"pattern\": \"*.zone\" }|;
		s|\"dns\": {|\"dns\": { \"query_log\": { \"file\": \"$tmp/state/queries.log\" },|" "$tmp/$1.json"
	mv "$tmp/$1.json" "$tmp/etc/$1.json" # the process may read all that lies beside it
	ln -sf "state/$1.sock" "$tmp/$1.sock"
}

# restrict NAME NAMESPACE [OPTION...]: serves it, ready.
restrict() {
	start "$1" "$2" "$dns" serve -c "$tmp/etc/$1.json" "${@:3}"
	ready "$1"
}

# thread_rights NAME FIELD: its value of all threads, each once.
thread_rights() {
	sed -n "s/^$2:\s*//p" /proc/"${pid_of[$1]}"/task/*/status | sort -u | paste -sd ' '
}

# has_no_rights NAME: of every thread, DPDK's and the query log's among them.
has_no_rights() {
	local nobody
	nobody=$(id -u nobody)
	expect "$nobody	$nobody	$nobody	$nobody" "$(thread_rights "$1" Uid)" "users"
	expect "$(id -G nobody)" "$(thread_rights "$1" Groups | xargs)" "groups"
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		expect 0000000000000000 "$(thread_rights "$1" $set)" "$set"
	done
	expect 1 "$(thread_rights "$1" NoNewPrivs)" "no_new_privs"
	expect 2 "$(thread_rights "$1" Seccomp)" "seccomp's mode"
}

# attempt NAME THREAD CALL...: what the calls give in that thread of the server: the errno of
# each, or 0.
attempt() {
	local name=$1 thread=$2 call args=()
	shift 2
	for call; do
		args+=(-ex "printf \"%d\\n\", (int)$call < 0 ? *(int *)__errno_location() : 0")
	done
	timeout $((60 * scale)) gdb -batch -nx -p "${pid_of[$name]}" -ex "set scheduler-locking on" \
		-ex "python [t.switch() for t in gdb.selected_inferior().threads() if t.name == '$thread']" \
		"${args[@]}" 2>"$tmp/gdb.log" | grep -E '^[0-9]+$' | paste -sd ' '
}

EPERM=1 EACCES=13
passwd='((int (*)(const char *, int))open)("/etc/passwd", 0)'
inet='((int (*)(int, int, int))socket)(2, 1, 0)'
packet='((int (*)(int, int, int))socket)(17, 3, 768)'
connect='((int (*)(int, const void *, unsigned))connect)(0, 0, 0)'
exec='((int (*)(const char *, char **))execv)("/bin/true", 0)'
fork='((int (*)(void))fork)()'
ptrace='(int)((long (*)(int, int, void *, void *))ptrace)(16, 1, 0, 0)'
root='(int)((long (*)(long, long, long))syscall)(113, 0, 0)' # setreuid; glibc's would wait for the other threads

# is_refused NAME: in the control thread, and in a worker.
is_refused() {
	expect "$EACCES $EPERM $EPERM $EPERM $EPERM $EPERM $EPERM $EPERM" \
		"$(attempt "$1" wadi-dns "$passwd" "$inet" "$packet" "$connect" "$exec" "$fork" "$ptrace" "$root")" \
		"what the control thread is refused"
	expect "$EPERM $EPERM $EPERM $EPERM $EPERM $EPERM $EPERM $EPERM" \
		"$(attempt "$1" worker0 "$passwd" "$inet" "$packet" "$connect" "$exec" "$fork" "$ptrace" "$root")" \
		"what a worker is refused"
}

netns "$server" "$client"
veth "$server" eth1 "$client" eth2
for device in af_packet:eth1 af_xdp:eth1 tap:wadi0; do
	restricted "${device%%:*}" "$device"
	where=$server
	[ $device != tap:wadi0 ] || { netns "$host"; where=$host; }
	[ $device != af_xdp:eth1 ] || ip netns exec "$server" test -d /sys/fs/bpf || continue
	restrict "${device%%:*}" "$where"
	[ $device != tap:wadi0 ] || host_side "$host" wadi0
	from=$client
	[ $device != tap:wadi0 ] || from=$host
	answers "$from"
	has_no_rights "${device%%:*}"
	[ $device = tap:wadi0 ] || { stop "${device%%:*}"; expect 0 "$status" "exit status on $device"; }
done

is_refused tap
answers "$host"

# origin ORIGIN FILE: the zone of lib.sh under another name.
origin() {
	zone "$2"
	sed -i "s/example.org/$1/" "$tmp/$2"
}

# What an operator does.
control=("$ctl" "$tmp/state/tap.sock")
origin example.net zones/example.net.zone
"${control[@]}" reload | has_line 'example.net.*added' || fail "the new zone was not added"
origin added.test zones/added.test
"${control[@]}" zone-add added.test "$tmp/zones/added.test" >/dev/null || fail "zone-add failed"
expect "10.53.0.2" "$(ask "$host" ns.added.test A)" "answer of the added zone"
mv "$tmp/state/queries.log" "$tmp/state/queries.old"
kill -HUP "${pid_of[tap]}"
poll 5 test -f "$tmp/state/queries.log" || fail "the query log was not opened again"
ask "$host" moved.example.org A >/dev/null
poll 5 grep -q moved.example.org "$tmp/state/queries.log" || fail "the query log is not written"
sed -i 's|"rate_limit"|"nsid": "after", "rate_limit"|' "$tmp/etc/tap.json"
"${control[@]}" reload >/dev/null || fail "the configuration was not taken again"
within "$host" dig @10.53.0.2 www.example.org +nsid | has_line '"after"' || fail "the new NSID is not sent"

# What lies elsewhere is named as such.
origin other.test elsewhere/other.test
"${control[@]}" zone-add other.test "$tmp/elsewhere/other.test" >"$tmp/refused" 2>&1 && fail "a file elsewhere was read"
grep -q 'Permission denied.*sandbox' "$tmp/refused" || fail "zone-add said '$(cat "$tmp/refused")'"

stop tap
expect 0 "$status" "exit status"
[ ! -e "$tmp/state/tap.sock" ] || fail "the control socket outlived its process"

# Without the sandbox another user still keeps no capability.
restricted open tap:wadi0
restrict open "$host" --set sandbox.enabled=false
expect 0000000000000000 "$(thread_rights open CapPrm)" "capabilities without the sandbox"
expect 0 "$(thread_rights open Seccomp)" "seccomp's mode without the sandbox"
stop open

# Who cannot become the user says so.
"$dns" serve -c "$tmp/etc/tap.json" --set user=no-such-user >"$tmp/refused" 2>&1 && fail "an unknown user was taken"
grep -q 'user: there is no user no-such-user' "$tmp/refused" || fail "unknown user: '$(cat "$tmp/refused")'"
