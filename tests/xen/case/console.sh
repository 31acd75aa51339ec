# console: a guest without a shell is asked at its console, by words as a person types
# them, and by wadi-ctl, which finds the console by the guest's name or number.
# shellcheck shell=sh
type_in "$guest" ports
try 20 said "^ipv4 *10.54.0.2/24" || fail "the word ports does not tell the second port's address"
type_in "$guest" status
try 20 said "^zones *1" || fail "the word status does not tell the zones"

# told TEXT COMMAND...: by wadi-ctl, in spite of all that waits to be read there.
told() {
	text=$1
	shift
	got=$(wadi-ctl "$@" 2>&1) || fail "wadi-ctl $*: $got"
	echo "$got" | grep -q -e "$text" || fail "wadi-ctl $* does not tell $text: $got"
}
told "^zones *1" "xen:$guest" status
told "^ipv4 *10.54.0.2/24" "xen:$(domid)" ports
told '"records":' "xen:$guest" reload --json
told "^log_level *debug" "xen:$guest" log-level debug
told "^log_level *info" "xen:$guest" log-level info
got=$(wadi-ctl "xen:$guest" dance 2>&1) && fail "wadi-ctl knows a command that is none"
echo "$got" | grep -q "no such command" || fail "wadi-ctl does not say that a command is none: $got"
got=$(wadi-ctl xen:nobody status 2>&1) && fail "wadi-ctl finds a guest that is none"
echo "$got" | grep -q "no guest called nobody" || fail "wadi-ctl does not say that a guest is none: $got"
