#!/bin/bash
# lib: what the scripts of tests/tour start with. Each is typed by an operator who has a
# clean Debian, this tree and its documents: what a command prints is printed, kept and
# compared. They run one after another in one system (tools/gate/debian.sh), as root in a
# network of its own; tests/net asks more about each part.
# shellcheck disable=SC2034 # scripts use what is set here
set -euo pipefail
scale=${WADI_TIME_SCALE:-1}
work=/home/op/tour # the operator's own files
pids=()

finish() {
	local status=$? pid
	trap - EXIT
	for pid in ${pids[@]+"${pids[@]}"}; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || true
	done
	if [ $status -ne 0 ]; then
		tail -n 30 "$work"/*.log 2>/dev/null || true
	fi
	rm -f "$work"/*.log
	for name in client router; do
		ip netns del $name 2>/dev/null || true
	done
	ip link del eth1 2>/dev/null || true
	exit $status
}
trap finish EXIT
trap 'exit 143' INT TERM

fail() {
	echo "FAIL: $*"
	exit 1
}

# try COMMAND: as the operator types it, who is no root but may use sudo. What it prints is
# in $said, its exit status in $status.
try() {
	echo "\$ $1"
	status=0
	said=$(cd "$work" && runuser -u op -- bash -c "$1" 2>&1 </dev/null) || status=$?
	[ -z "$said" ] || echo "$said"
	[ $status -eq 0 ] || echo "(exit status $status)"
}

# look COMMAND: the same on a terminal of 80 columns, without its colours. No line may be wider,
# and of a table no column may run into the next.
look() {
	echo "\$ $1"
	status=0
	said=$(cd "$work" && runuser -u op -- script --echo never -qec "stty cols 80 rows 24; $1" /dev/null </dev/null 2>&1 |
		tr -d '\r\000' | sed 's/\x1b\[[0-9;]*m//g') || status=$?
	echo "$said"
	/wadi/tests/tour/table.py <<<"$said" || fail "what '$1' prints is not laid out well"
}

# says SENTENCE...: extended regular expressions; each matches a line of what was printed.
says() {
	local text
	for text; do
		grep -qE -- "$text" <<<"$said" || fail "it does not say: $text"
	done
}

# succeeds, fails_with STATUS: the command that was tried last.
succeeds() {
	[ "$status" -eq 0 ] || fail "its exit status is $status"
}

fails_with() {
	[ "$status" -eq "$1" ] || fail "its exit status is $status and not $1"
}

# expect WANTED WHAT: all that was printed.
expect() {
	[ "$said" = "$1" ] || fail "$2: wanted '$1'"
}

# poll SECONDS COMMAND...: until it succeeds.
poll() {
	local until=$((SECONDS + $1 * scale))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.1
	done
}

# begin NAME COMMAND: in the background, by the operator; its log is $work/NAME.log.
begin() {
	echo "\$ $2 &"
	(cd "$work" && exec runuser -u op -- bash -c "exec $2") >"$work/$1.log" 2>&1 </dev/null &
	pids+=($!)
}

# shows NAME SENTENCE [SECONDS]: the log of NAME gets such a line.
shows() {
	poll "${3:-20}" grep -qE -- "$2" "$work/$1.log" || fail "$1 does not say: $2"
}

# end NAME [SIGNAL]: each wadi-dns, sent the signal, ends.
end() {
	sudo pkill "-${2:-TERM}" -x wadi-dns || fail "$1 had ended"
	poll 10 not_running || fail "$1 does not end"
	cat "$work/$1.log"
	: >"$work/$1.log"
}

not_running() {
	! pgrep -x wadi-dns
}

# cable: eth1 here, and its other end in the namespace client, as 10.53.0.1 and fd53::1.
cable() {
	ip netns add client
	ip link add name eth1 type veth peer name eth1 netns client
	sysctl -qw net.ipv6.conf.eth1.disable_ipv6=1
	ip link set eth1 up
	ip -n client link set lo up
	ip -n client addr add 10.53.0.1/24 dev eth1
	ip -n client addr add fd53::1/64 dev eth1 nodad
	ip -n client link set eth1 up
}

# conf NAME: standard input is /etc/wadi/NAME.json.
conf() {
	cat >"/etc/wadi/$1.json"
	cat "/etc/wadi/$1.json"
}
