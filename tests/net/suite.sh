#!/bin/bash
# tools/bench dns: a server that it does not know is added by one file, beside
# wadi-dns; a run that is stopped goes on; nothing is left behind, however it ends. What it found is judged by
# tests/tools/suite_test.py's rules; no rate is.
. "$(dirname "$0")/lib.sh"
export WADI_BUILD=$build

cat >"$tmp/unbound.toml" <<'END'
title = "Unbound"
packages = ["unbound"]
version = "unbound -V"
start = "unbound -d -d -c $dir/unbound.conf"
reload = "kill -HUP $pid"

[files]
"unbound.conf" = """
server:
  directory: "$dir"
  chroot: ""
  username: ""
  pidfile: "$dir/unbound.pid"
  interface: $address
  access-control: 0.0.0.0/0 allow
  do-daemonize: no
  use-syslog: no
  num-threads: 1
remote-control:
  control-enable: no
$zones"""

[zone]
text = """
auth-zone:
  name: $zone
  zonefile: $file
  for-upstream: no
"""
END
plan=(dns --polite --server "$tmp/unbound.toml" --only wadi-xdp --scenarios small --rounds 1 --seconds 1 --report "$tmp/report")
export TMPDIR=$tmp/tmpdir
mkdir "$TMPDIR"
# Whoever measures holds this file locked.
huge_pages() {
	flock /proc/sys/vm/nr_hugepages cat /proc/sys/vm/nr_hugepages
}
pages=$(huge_pages)

# family PID...: with all that these have started.
family() {
	local pid
	for pid; do
		echo "$pid"
		# shellcheck disable=SC2046
		family $(pgrep -P "$pid")
	done
}
# spaces PID...: the namespaces of mounts, networks and processes that they have and this shell has not.
spaces() {
	local kind pid
	for kind in mnt net pid; do
		for pid; do readlink "/proc/$pid/ns/$kind" || true; done | sort -u | grep -vxF "$(readlink /proc/self/ns/$kind)" || true
	done
}
begun() {
	tools/bench "${plan[@]}" >"$tmp/$1.log" 2>&1 &
	running=$!
}
# In the middle of a turn: a server and the load run.
measuring() {
	members=$(family $running)
	[ "$(ps -o comm= -p "${members//$'\n'/,}" | grep -cE '^(wadi-bench|wadi-dns|unbound)$')" -ge 2 ]
}
nothing_left() {
	local kinds
	# shellcheck disable=SC2086
	! kill -0 $members 2>/dev/null || return 1
	kinds=$(stat -Lc '%i' /proc/[0-9]*/ns/{mnt,net,pid} /run/netns/* 2>/dev/null | sort -u)
	! grep -qxF "$(tr -dc '0-9\n' <<<"$held")" <<<"$kinds"
}
expect_nothing_left() {
	local pid
	poll 20 nothing_left || fail "$1 leaves behind: $(for pid in $members; do ps -o pid=,args= -p "$pid"; done; echo "$held")"
	expect "$pages" "$(huge_pages)" "huge pages after $1"
	[ -z "$(ls -A "$TMPDIR")" ] || fail "$1 leaves files: $(ls -A "$TMPDIR")"
}

# Killed in the middle of a turn, when nothing of it can clean up.
begun killed
poll 300 measuring || fail "nothing is measured: $(cat "$tmp/killed.log")"
# shellcheck disable=SC2086
held=$(spaces $members)
[ "$(wc -l <<<"$held")" -ge 5 ] || fail "the run is not in namespaces of its own: $held"
kill -KILL $running
wait $running && fail "a run that was killed ended as if it were whole"
expect_nothing_left "a run that was killed"

# Stopped after the first turn: what was measured stays.
begun first
measured() {
	grep -q '^\[1 to go' "$tmp/first.log"
}
poll 300 measured || fail "no first turn: $(cat "$tmp/first.log")"
members=$(family $running)
# shellcheck disable=SC2086
held=$(spaces $members)
kill $running # a shell's background jobs ignore what Ctrl-C sends
wait $running && fail "an interrupted run ended as if it were whole"
grep -q 'the same command goes on' "$tmp/first.log" || fail "it does not say how to go on: $(cat "$tmp/first.log")"
expect_nothing_left "an interrupted run"

tools/bench "${plan[@]}" >"$tmp/second.log" 2>&1 || fail "it does not go on: $(cat "$tmp/second.log")"
expect 1 "$(grep -c '^\[.* to go' "$tmp/second.log")" "turns that were left"
/usr/bin/python3 - "$tmp/report/results.json" <<'END' || fail "the results are not what was planned"
import json
import sys

run = json.load(open(sys.argv[1]))
faults = [cell for cell in run["cells"] if "fault" in cell]
assert not faults, faults
assert sorted((cell["server"], cell["round"]) for cell in run["cells"]) == [
    (server, 1) for server in ("unbound", "wadi-xdp")]
for cell in run["cells"]:
    for key in ("rate", "p50_us", "p99_us", "cpu_ns", "memory_bytes", "first_answer_s", "reload_s"):
        assert cell[key] and cell[key] > 0, (key, cell)
    assert cell["reload_lost"] is not None, cell
assert run["servers"]["unbound"]["version"][0].isdigit(), run["servers"]
assert "auth-zone" in run["servers"]["unbound"]["files"]["unbound.conf"]
END
for file in index.html results.csv rate_by_zone_size.svg; do
	[ -s "$tmp/report/$file" ] || fail "no $file"
done
tools/bench compare "$tmp/report/results.json" "$tmp/report/results.json" | has_line '^0 of' || fail "a run differs from itself"

# What is wrong is said, with what to do.
refused() {
	local said=$1
	shift
	tools/bench "$@" >"$tmp/refused.log" 2>&1 && fail "$* was accepted"
	grep -q "$said" "$tmp/refused.log" || fail "$*: $(cat "$tmp/refused.log")"
}
refused 'other servers, scenarios or rounds' "${plan[@]}" --seconds 2
refused 'there is no server nope; there are' dns --only nope
refused 'there is no scenario nope; there are' dns --scenarios nope
refused 'no such file' dns --server "$tmp/nope.toml"
refused 'is not a results.json' compare "$tmp/first.log" "$tmp/first.log"
# shellcheck disable=SC2016
sed 's/$dir/$port/' "$tmp/unbound.toml" >"$tmp/wrong.toml"
refused "wrong: a server's file has 'port' in" dns --server "$tmp/wrong.toml"
refused 'below /run in a run is gone' dns --report /run/report
refused 'is no time such as' dns --budget 25
sed 's/^packages = .*/packages = ["no-such-package-of-debian"]/' "$tmp/unbound.toml" >"$tmp/missing.toml"
refused 'apt-get install no-such-package-of-debian: ' dns --server "$tmp/missing.toml"
sed 's/unbound -d -d/unbound -d -d -x/' "$tmp/unbound.toml" >"$tmp/broken.toml"
tools/bench dns --polite --server "$tmp/broken.toml" --only broken --scenarios small --rounds 1 --report "$tmp/broken" >"$tmp/broken.log" 2>&1 ||
	fail "one broken server ends the run: $(cat "$tmp/broken.log")"
grep -q 'ended by itself' "$tmp/broken.log" || fail "no word on a server that ends: $(cat "$tmp/broken.log")"
