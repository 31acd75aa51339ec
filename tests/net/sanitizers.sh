#!/bin/bash
# A program with sanitizers in its sandbox: it says that it may do more than others, looks for
# leaks at its end as if nothing restricted it, on devices with threads of DPDK's and without,
# as another user, too; and names what gdb has it lose. Workers stay as restricted as ever.
. "$(dirname "$0")/lib.sh"
command -v gdb >/dev/null || skip "gdb is missing: tools/deps run test"

sanitized=${WADI_SANITIZED:-build-asan}
dns=$root/$sanitized/src/apps/dns/wadi-dns
[ -x "$dns" ] || skip "$sanitized holds no wadi-dns; tools/test account builds it"
export ASAN_OPTIONS=detect_leaks=1:exitcode=23

chmod 755 "$tmp"
netns "$host" "$server" "$client"
veth "$server" w0 "$client" w1

# restricted NAME DEVICE USER: writes only to a folder of that user's, who may read all.
restricted() {
	mkdir -p "$tmp/$1"
	conf "$1" "$2"
	sed -i "s|\"control\": .*|\"user\": \"$3\", \"control\": { \"socket\": \"$tmp/$1/sock\" },|;
		s|\"dns\": {|\"dns\": { \"query_log\": { \"file\": \"$tmp/$1/queries.log\" },|" "$tmp/$1.json"
	ln -sf "$1/sock" "$tmp/$1.sock"
	chown "$3" "$tmp/$1"
}

# call NAME THREAD EXPRESSION: what it gives in that thread of the program.
call() {
	timeout $((60 * scale)) gdb -batch -nx -p "${pid_of[$1]}" -ex "set scheduler-locking on" \
		-ex "python [t.switch() for t in gdb.selected_inferior().threads() if t.name == '$2']" \
		-ex "printf \"result %ld\\n\", (long)$3" 2>"$tmp/gdb.log" | sed -n 's/^result //p'
}

# lose NAME BYTES: memory that nothing points to.
lose() {
	local address
	address=$(call "$1" wadi-dns "((void *(*)(unsigned long))malloc)($2)")
	[ "${address:-0}" -ne 0 ] || fail "gdb allocated nothing: $(tail -n 5 "$tmp/gdb.log")"
}

python3 -c "
import struct
open('$tmp/in.pcap', 'wb').write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))"

while read -r name device where user bytes; do
	restricted "$name" "$device" "$user"
	start "$name" "$where" setarch -R "$dns" serve -c "$tmp/$name.json"
	ready "$name"
	poll 20 grep -q 'started in' "$tmp/$name.log" || fail "$name does not serve"
	grep -q 'warning: this program is built with sanitizers' "$tmp/$name.log" || fail "$name does not warn"
	expect 2 "$(sed -n 's/^Seccomp:\s*//p' /proc/"${pid_of[$name]}"/task/*/status | sort -u)" "seccomp's mode"
	expect -1 "$(call "$name" worker0 '((int (*)(void))fork)()')" "what a worker that forks gets"
	[ "$bytes" = 0 ] || lose "$name" "$bytes"
	stop "$name"
	! grep -q 'fatal error' "$tmp/$name.log" || fail "$name: LeakSanitizer does not work"
	if [ "$bytes" = 0 ]; then
		expect 0 "$status" "exit status of $name"
	else
		expect 23 "$status" "exit status of $name, which lost memory"
		grep -q "Direct leak of $bytes byte" "$tmp/$name.log" || fail "$name: the leak is not named"
	fi
done <<-END
	tap tap:wadi0 $host root 0
	packet af_packet:w0 $server nobody 0
	pcap pcap:$tmp/in.pcap,$tmp/out.pcap $host root 0
	leak tap:wadi0 $host nobody 4321
END
