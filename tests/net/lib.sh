#!/bin/bash
# lib: what every script of tests/net starts with: namespaces and interfaces with
# names of this script alone, appliances started, awaited and stopped, all of it
# cleaned away at the end, and the appliances' logs printed when the script fails.
# A script that cannot run here says why and exits with 77; one that fails after one of
# its waits timed out exits with 75, any other that fails while all that it started lives
# with 76. Waits are multiplied by WADI_TIME_SCALE (tools/test).
# shellcheck disable=SC2034 # scripts use what is set here
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
build=${WADI_BUILD:-build}
scale=${WADI_TIME_SCALE:-1}
waited=no
tmp=$(mktemp -d "${TMPDIR:-/tmp}/wadi-net.XXXXXX")
namespaces=()
declare -A pid_of=()

cleanup() {
	local status=$? name died=no
	trap - EXIT INT TERM
	set +e
	for name in "${!pid_of[@]}"; do
		# A server that died is a defect, not a slow machine.
		alive "$name" || died=yes
		kill "${pid_of[$name]}" 2>/dev/null && wait "${pid_of[$name]}" 2>/dev/null
	done
	if [ $status -ne 0 ] && [ $status -ne 77 ]; then
		if [ $died = yes ]; then
			status=1
		elif [ $waited = yes ]; then
			status=75
		elif [ $status -ne 130 ]; then
			status=76
		fi
		echo "--- $(basename "$0") failed with status $status"
		tail -n 30 "$tmp"/*.log 2>/dev/null
	fi
	for name in "${namespaces[@]}"; do
		# Whoever did not end by himself.
		ip netns pids "$name" | xargs -r kill -KILL 2>/dev/null
		ip netns del "$name"
	done
	# What a script mounted in its folder.
	awk -v at="$tmp/" 'index($2, at) == 1 { print $2 }' /proc/mounts | xargs -r umount -l
	rm -rf "$tmp"
	exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
	echo "FAIL: $*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# A figure or remark that tools/test prints beside the result.
note() {
	echo "note: $*"
}

# poll SECONDS COMMAND...: until the command succeeds; false when it never does.
poll() {
	local tries=$(($1 * 20 * scale))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $((tries -= 1)) -gt 0 ] || { waited=yes; return 1; }
		sleep 0.05
	done
}

# has_line PATTERN: whether its input has such a line. It reads all of it: whoever writes to a pipe that
# grep -q has left fails, and the script with it (pipefail).
has_line() {
	grep -c "$@" >/dev/null
}

# program NAME: where the build put the executable.
program() {
	[ ! -d "$build" ] || find "$build" -name "$1" -type f -perm -u+x -print -quit
}
dns=$(program wadi-dns)
echo_server=$(program wadi-echo)
ctl=$(program wadi-ctl)
[ -n "$dns" ] || skip "$build holds no wadi-dns; tools/test builds it"

# The namespaces that scripts use: server and client of a veth pair, or the host
# of a TAP. netns NAME...: makes them.
host=wadi-host-$$
server=wadi-server-$$
client=wadi-client-$$
netns() {
	local name
	for name; do
		ip netns add "$name"
		namespaces+=("$name")
		ip -n "$name" link set lo up
	done
}

within() {
	ip netns exec "$@"
}

# veth NAMESPACE IFACE NAMESPACE IFACE: both ends up; the second is the client's,
# 10.53.0.1 and fd53::1. The options are those of the first end.
veth() {
	ip link add name "$2" netns "$1" "${@:5}" type veth peer name "$4" netns "$3"
	# No IPv6 of the kernel's own beside the appliance.
	within "$1" sysctl -qw "net.ipv6.conf.$2.disable_ipv6=1"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
	within "$3" ethtool -K "$4" tx off >/dev/null
	host_side "$3" "$4"
}

# host_side NAMESPACE IFACE: the addresses that config/dns.json expects there.
host_side() {
	ip -n "$1" addr add 10.53.0.1/24 dev "$2"
	ip -n "$1" addr add fd53::1/64 dev "$2" nodad
	ip -n "$1" link set "$2" up
}

# zone FILE: a zone for the tests; its SOA serial is $2.
zone() {
	cat >"$tmp/$1" <<-END
	\$ORIGIN example.org.
	\$TTL 300
	@       SOA   ns hostmaster ${2:-1} 3600 900 604800 300
	        NS    ns
	ns      A     10.53.0.2
	        AAAA  fd53::2
	www     A     192.0.2.80
	alias   CNAME www
	*.wild  TXT   "anything"
	END
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo "big TXT \"$i: a text of some length that makes the answer long\"" >>"$tmp/$1"
	done
}

# conf NAME DEVICE [KEY=JSON...]: a configuration of wadi-dns on one port; further
# keys are the port's, but for workers=N, which is the appliance's.
conf() {
	local name=$1 device=$2 port="" workers=1 pair
	for pair in "${@:3}"; do
		case $pair in
		workers=*) workers=${pair#*=} ;;
		*) port+=", \"${pair%%=*}\": ${pair#*=}" ;;
		esac
	done
	cat >"$tmp/$name.json" <<-END
	{ "workers": $workers,
	  "ports": [ { "name": "net0", "device": "$device", "ipv4": "10.53.0.2/24",
	               "gateway4": "10.53.0.1", "ipv6": "fd53::2/64"$port } ],
	  "control": { "socket": "$tmp/$name.sock" },
	  "dns": { "zones": [ { "origin": "example.org", "file": "$tmp/$name.zone" } ],
	           "rate_limit": { "enabled": false } } }
	END
	zone "$name.zone"
}

# start NAME NAMESPACE COMMAND...: in the background; its log is $tmp/NAME.log.
start() {
	ip netns exec "$2" "${@:3}" >"$tmp/$1.log" 2>&1 &
	pid_of[$1]=$!
}

alive() {
	kill -0 "${pid_of[$1]}" 2>/dev/null
}

# ready NAME: waits until its control socket answers.
ready() {
	poll 20 test -S "$tmp/$1.sock" || fail "$1 did not become ready"
	poll 5 "$ctl" "$tmp/$1.sock" status || fail "$1's control socket does not answer"
}

# serve NAME NAMESPACE: wadi-dns with the configuration NAME, ready.
serve() {
	start "$1" "$2" "$dns" serve -c "$tmp/$1.json" "${@:3}"
	ready "$1"
}

# stop NAME [SIGNAL]: its exit status is then in $status.
stop() {
	local pid=${pid_of[$1]}
	unset "pid_of[$1]"
	kill "-${2:-TERM}" "$pid" || fail "$1 had ended before it was stopped"
	status=0
	wait "$pid" || status=$?
}

# ask NAMESPACE NAME TYPE [dig option...]: the answer in short form.
ask() {
	local from=$1 name=$2 type=$3
	shift 3
	within "$from" dig @10.53.0.2 "$name" "$type" +short +tries=2 +time="$scale" "$@"
}

# expect WANTED GOT WHAT
expect() {
	[ "$1" = "$2" ] || fail "$3: wanted '$1', got '$2'"
}

# answers NAMESPACE: over both address families.
answers() {
	expect 192.0.2.80 "$(ask "$1" www.example.org A)" "answer over IPv4"
	expect 192.0.2.80 "$(ask "$1" www.example.org A @fd53::2)" "answer over IPv6"
}

# drops NAME REASON: how often the reason was counted.
drops() {
	"$ctl" "$tmp/$1.sock" drops --json | python3 -c "
import json, sys
def find(value, name):
    if isinstance(value, dict):
        if value.get('name') == name or value.get('reason') == name:
            return next((v for k, v in value.items() if k in ('count', 'total', 'pkts')), 0)
        if isinstance(value.get(name), int):
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        return sum(find(v, name) for v in value)
    return 0
print(find(json.load(sys.stdin), '$2'))"
}

# An appliance that is started with "${managed[@]}" has its management endpoint at 10.53.0.2;
# is_managed NAMESPACE asks it for what every appliance answers there.
(umask 077; echo token-of-the-tests >"$tmp/manage.token")
managed=(--set manage.address=10.53.0.2 --set manage.port=9100 --set "manage.token_file=$tmp/manage.token")
is_managed() {
	local path
	for path in healthz readyz metrics status ""; do
		within "$1" curl -sSf -m $((20 * scale)) -u any:token-of-the-tests -o "$tmp/managed.${path:-page}" \
			"http://10.53.0.2:9100/$path" || fail "the management endpoint has no /$path"
	done
	grep -q '^wadi_manage_requests_total [1-9]' "$tmp/managed.metrics" || fail "the metrics: $(cat "$tmp/managed.metrics")"
	python3 -c '
import json, sys
status = json.load(sys.stdin)
assert {"status", "health", "stats", "drops", "ports", "tcp"} <= set(status), set(status)' <"$tmp/managed.status" ||
		fail "the status: $(cat "$tmp/managed.status")"
	grep -q '<script' "$tmp/managed.page" || fail "the live page: $(cat "$tmp/managed.page")"
}
