# lib: what the cases of tests/xen share. Runs in the small dom0, by busybox's sh. Loops
# are bounded by tries; nothing depends on how long something takes.
# shellcheck shell=sh disable=SC2154 # job and the guests set test and guest

v4=10.53.0.2
v6=fd53::2

# say WORD...: to tests/xen/run. A guest's console may just have said half a line.
say() {
	printf '\nXEN %s\n' "$*"
}

# fail WHY...: ends the case.
fail() {
	say "FAIL $test $*"
	exit 1
}

note() {
	say "note $test $*"
}

# figure NAME: TEXT...: a note that is kept in build-xen/figures.txt, too.
figure() {
	say "figure $test $*"
}

# expect WANTED GOT WHAT
expect() {
	[ "$1" = "$2" ] || fail "$3: wanted '$1', got '$2'"
}

# try TRIES COMMAND...: until the command succeeds, twice a second; false when it never
# does.
try() {
	tries=$1
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.5
	done
}

# create [-p] NAME IMAGE [KEY=VALUE...]: a guest of that name from the image, with -p one
# that does not run yet; the keys are those of its guest.cfg.
create() {
	xl_create "$@" || fail "xl create fails"
}

xl_create() {
	paused=
	[ "$1" != -p ] || { paused=-p; shift; }
	name=$1 image=$2
	shift 2
	ip neigh flush all >/dev/null 2>&1
	[ -e "$(console "$name")" ] || show "$name"
	xl create -q $paused "/job/image/$image/guest.cfg" "name=\"$name\"" "kernel=\"/job/vmlinux\"" \
		"ramdisk=\"/job/image/$image/initrd\"" "$@"
}

runs() {
	xl domid "${1:-$guest}" >/dev/null 2>&1
}

domid() {
	xl domid "${1:-$guest}"
}

# said TEXT [GUEST]: whether it stands in the guest's console.
said() {
	grep -q -e "$1" "$(console "${2:-$guest}")"
}

# gone [GUEST]: waits until the guest has ended.
gone() {
	tries=120
	while runs "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.5
	done
}

# ask ADDRESS NAME TYPE [OPTION...]: the answer in short form, on one line.
ask() {
	asked=$1
	shift
	dig "@$asked" "$@" +short +tries=1 +time=1 2>/dev/null | grep -v '^;' | sort | tr '\n' ' ' | sed 's/ $//'
}

answer() {
	[ "$(ask "$1" ns1.example.org A)" = "10.53.0.2" ]
}

# answers ADDRESS: waits until there is an answer, which is no longer than the guest runs.
# A guest that says that it serves is to be heard soon.
answers() {
	tries=90
	silent=20
	until answer "$1"; do
		tries=$((tries - 1))
		! said "serving" || silent=$((silent - 1))
		[ "$tries" -gt 0 ] && [ "$silent" -gt 0 ] || fail "no answer from $1"
		runs || fail "the guest ended before it answered"
		sleep 0.5
	done
}

# stream ADDRESS QUERIES [OPTION...]: of which none may be lost.
stream() {
	address=$1 queries=$2
	shift 2
	# shellcheck disable=SC2046 # the words of a line
	counted=$(load "$@" "$address" "$queries" ns1.example.org www.example.org www.example.org/28 \
		x%d.wild.example.org nothing%d.example.org/1/3 example.org/6) || fail "$address: ${counted:-load fails}"
	note "$address gave all $queries, ${counted##*: }"
}

# pings COMMAND ADDRESS COUNT [OPTION...]: all of which are answered.
pings() {
	command=$1 address=$2 count=$3
	shift 3
	got=$("$command" -A -c "$count" -w 60 "$@" "$address" 2>&1 | sed -n 's/.* \([0-9]*\) packets received.*/\1/p')
	expect "$count" "${got:-0}" "replies to $command $* $address"
}

# worker NUMBER COLUMN: what stats tells of a worker.
worker() {
	wadi-ctl "xen:$guest" stats | awk -v number="$1" -v column="$2" '$1 == number && NF >= 8 { print $column }'
}

sleeps() {
	worker 0 4
}

# tcp COUNTER: of the guest's TCP.
tcp() {
	wadi-ctl "xen:$guest" stats --json | tr ',{}' '\n\n\n' | sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" | head -n 1
}

# port COUNTER: of the guest's first port.
port() {
	wadi-ctl "xen:$guest" ports --json | tr ',{' '\n\n' | sed -n "/\"$1\"/,/value/s/.*\"value\": *\([0-9]*\).*/\1/p" | head -n 1
}

# echoes: waits until wadi-echo has returned a byte.
echoes() {
	try 90 bulk $v4 7 2 || fail "no echo from $v4"
}

# rest PATH: of wadi-sdn's interface.
rest() {
	get $v4 8181 "/api/v1/$1" token-of-the-guest-sdn
}

# bulk_both_ways: to and from wadi-echo, over both families.
bulk_both_ways() {
	for address in $v4 $v6; do
		for service in "7 1000000" "9 4000000" "19 2000000"; do
			# shellcheck disable=SC2086 # two words
			got=$(bulk $address $service 2>&1) || fail "port and bytes $service, $address: $got"
			figure "$guest, $address, port ${service% *}: $got"
		done
	done
}

# type_in GUEST TEXT: a line into the guest's console.
type_in() {
	echo "$2" >"$(xenstore-read "/local/domain/$(domid "$1")/console/tty")"
}

# diagnose: what may tell why a test failed. The tools hang when xenstored is gone.
diagnose() {
	echo "--- dom0's kernel, its interfaces, the guests, their vifs in xenstore"
	dmesg | tail -n 15
	ip addr show
	ip neigh show
	pidof xenstored >/dev/null || echo "xenstored has died"
	timeout 5 xl list
	timeout 5 xenstore-ls -f /local/domain/0/backend/vif | cut -d/ -f5-
	timeout 5 xenstore-ls -f /local/domain | grep /device/vif/ | cut -d/ -f4-
	# What the guest says to it is on its way yet.
	sleep 1
}
