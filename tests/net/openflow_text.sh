#!/bin/bash
# wadi-ofp print: messages of every type and version, from hex and from a capture, beside what
# Open vSwitch's ovs-ofctl and tshark say of the same bytes; what it says of bytes that are none.
. "$(dirname "$0")/lib.sh"

ofp=$(program wadi-ofp)
python3 tests/net/openflow_text.py "$ofp" "$tmp" tests/unit/openflow/messages1*.txt >"$tmp/text.log" ||
	fail "$(head -c 4000 "$tmp/text.log")"
note "$(tail -n 1 "$tmp/text.log")"

# printed STATUS TEXT WHAT: of standard input.
printed() {
	local got=0 text
	text=$("$ofp" print 2>&1) || got=$?
	expect "$1" $got "exit status for $3"
	expect "$2" "$text" "text of $3"
}

hello='OFPT_HELLO (OF1.3) (xid=0x1):'
printed 0 "$hello" "plain hex" <<<'0400 0008 00000001 # a hello'
printed 0 "$hello" "a dump of ovs-ofctl" <<<'00000000  04 00 00 08 00 00 00 01-                        |........        |'
printed 0 "$hello" "a dump of tcpdump" <<<'	0x0000:  0400 0008 0000 0001                      ........'
printed 0 "$hello" "a dump of xxd" < <(echo 0400000800000001 | xxd -r -p | xxd)
printed 0 "" "nothing" </dev/null
printed 1 'wadi-ofp: standard input line 2: "xyz" is no byte in hex' "text" <<<'04
xyz'
printed 1 'type 6 (OF1.3) (xid=0x1): *** ends within a field, at byte 8: 8:0406000800000001' "a message that is too short" \
	<<<0406000800000001
printed 1 'incomplete header: *** ends within a field, at byte 3: 3:040000' "half a header" <<<040000
printed 1 "wadi-ofp: standard input is a capture that ends in its header" "a capture that was cut" \
	< <(printf '\324\303\262\241\2\0')
got=0
"$ofp" print /nonexistent 2>"$tmp/errors.log" || got=$?
expect 1 $got "exit status for a file that is not there"
grep -q '/nonexistent: No such file' "$tmp/errors.log" || fail "it does not say which file is missing"
got=0
"$ofp" 2>"$tmp/errors.log" || got=$?
expect 2 $got "exit status without a command"
