#!/bin/bash
# A core dump of a server that runs holds no secret of its configuration: neither the text
# nor the bytes, after a start, answers with cookies and a reload. The name of a device,
# which a core should hold, shows that the search finds something.
. "$(dirname "$0")/lib.sh"
command -v gdb >/dev/null || skip "gdb is missing: tools/deps run test"

first=3b9f6e0d5a1c42788f1e7d6c5b4a3928
second=c05d19e8a7724f63b1908e6d4c2f5a17
netns "$server" "$client"
veth "$server" eth1 "$client" eth2
conf dns af_packet:eth1
sed -i "s|\"rate_limit\"|\"cookies\": { \"secrets\": [ \"$first\", \"$second\" ] }, \"rate_limit\"|" "$tmp/dns.json"
serve dns "$server"

# holds WHEN: which of the texts and bytes a core of the server holds.
holds() {
	rm -f "$tmp/core"
	timeout $((60 * scale)) gdb -batch -nx -p "${pid_of[dns]}" -ex "set use-coredump-filter on" \
		-ex "set dump-excluded-mappings off" -ex "generate-core-file $tmp/core" >"$tmp/gdb.log" 2>&1
	[ -s "$tmp/core" ] || fail "gdb wrote no core $1"
	python3 - "$tmp/core" "$first" "$second" <<-'END'
	import mmap, sys
	file = open(sys.argv[1], "rb")
	core = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
	wanted = {"device": b"af_packet:eth1"}
	for name, secret in zip(("first", "second"), sys.argv[2:]):
	    wanted[name + " secret's text"] = secret.encode()
	    wanted[name + " secret's bytes"] = bytes.fromhex(secret)
	    # A key that a register held lies on a stack as words.
	    wanted[name + " secret's first half"] = bytes.fromhex(secret)[:8]
	    wanted[name + " secret's second half"] = bytes.fromhex(secret)[8:]
	print(", ".join(name for name, data in wanted.items() if core.find(data) >= 0))
	END
}

answers "$client"
within "$client" dig @10.53.0.2 www.example.org +cookie +tries=1 | has_line 'COOKIE: .*(good)' || fail "there is no cookie"
expect "device" "$(holds "at first")" "what a core holds"
touch "$tmp/dns.zone" "$tmp/dns.json"
"$ctl" "$tmp/dns.sock" reload >/dev/null || fail "the configuration was not taken again"
answers "$client"
expect "device" "$(holds "after a reload")" "what a core holds after a reload"
stop dns
expect 0 "$status" "exit status"
