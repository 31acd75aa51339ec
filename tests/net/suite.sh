#!/bin/bash
# tools/bench dns: a server that it does not know is added by one file, beside
# wadi-dns; a run that is stopped goes on; nothing is left behind. What it found is judged by
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
left() {
	ip netns list | grep -c "^wadi-suite-.*-$1" || true
}
plan=(dns --polite --server "$tmp/unbound.toml" --only wadi-xdp --scenarios small --rounds 1 --seconds 1 --report "$tmp/report")
pages=$(cat /proc/sys/vm/nr_hugepages)

# Stopped after the first turn: what was measured stays, and nothing else does.
tools/bench "${plan[@]}" >"$tmp/first.log" 2>&1 &
running=$!
measured() {
	grep -q '^\[1/2' "$tmp/first.log"
}
poll 60 measured || fail "no first turn: $(cat "$tmp/first.log")"
kill $running # a shell's background jobs ignore what Ctrl-C sends
wait $running && fail "an interrupted run ended as if it were whole"
grep -q 'the same command goes on' "$tmp/first.log" || fail "it does not say how to go on: $(cat "$tmp/first.log")"
expect 0 "$(left $running)" "namespaces left behind"
expect "$pages" "$(cat /proc/sys/vm/nr_hugepages)" "huge pages afterwards"
[ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name "wadi-suite-$running.*")" ] || fail "its folder was left behind"

tools/bench "${plan[@]}" >"$tmp/second.log" 2>&1 || fail "it does not go on: $(cat "$tmp/second.log")"
grep -q '^\[1/1' "$tmp/second.log" || fail "the turn that was measured had another one: $(cat "$tmp/second.log")"
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
tools/bench compare "$tmp/report/results.json" "$tmp/report/results.json" | grep -q '^0 of' || fail "a run differs from itself"

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
sed 's/unbound -d -d/unbound -d -d -x/' "$tmp/unbound.toml" >"$tmp/broken.toml"
tools/bench dns --polite --server "$tmp/broken.toml" --only broken --scenarios small --rounds 1 --report "$tmp/broken" >"$tmp/broken.log" 2>&1 ||
	fail "one broken server ends the run: $(cat "$tmp/broken.log")"
grep -q 'ended by itself' "$tmp/broken.log" || fail "no word on a server that ends: $(cat "$tmp/broken.log")"
