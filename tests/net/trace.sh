#!/bin/bash
# An appliance is killed in the midst of its work: wadi-ctl tells from the file what it
# did last, and the next start keeps that file. One that ends in order leaves none.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
conf dns af_packet:w0
trace=$tmp/dns.trace
serve_traced() { serve dns "$server" --set "trace.file=$trace" --set trace.records=512; }

serve_traced
answers "$client"
within "$client" dig @10.53.0.2 -p 54 www.example.org +tries=1 +time=1 >/dev/null || true
"$ctl" "$tmp/dns.sock" reload >/dev/null || fail "the reload failed"
sleep 0.1 # a worker looks at its drops 100 times a second
"$ctl" "$tmp/dns.sock" trace 500 >"$tmp/live.log"
stop dns SEGV
"$ctl" trace "$trace" 500 >"$tmp/dead.log" || fail "the trace of a dead process is not read"
for log in live dead; do
	for event in 'worker0 *listen *udp=53$' 'worker0 *start ' 'control *ready *workers=1 ' \
		'worker0 *neigh *state=[a-z>]* address=10.53.0.1$' 'control *reload *done=1 ' \
		'worker0 *drop *reason=udp.no_listener packets=1$'; do
		grep -qE "$event" "$tmp/$log.log" || fail "the $log trace does not have '$event'"
	done
done
grep -q '^program *wadi-dns$' "$tmp/dead.log" || fail "the dead trace does not name its program"
expect 3 "$("$ctl" trace "$trace" 3 --json | python3 -c '
import json, sys
print(len(json.load(sys.stdin)["records"]))')" "records that were asked for"

rm -f "$tmp/dns.sock"
serve_traced
grep -q "ended without closing.*wadi-ctl trace $trace.last" "$tmp/dns.log" || fail "the start does not tell of the crash"
"$ctl" trace "$trace.last" --all | has_line 'reason=udp.no_listener' || fail "the crash's trace was not kept"
stop dns
[ ! -e "$trace" ] || fail "an orderly end leaves a trace"
serve_traced
grep -q 'ended without closing' "$tmp/dns.log" && fail "an orderly end is taken for a crash"

echo nonsense >"$tmp/nonsense"
"$ctl" trace "$tmp/nonsense" 2>"$tmp/err.log" && fail "nonsense is taken for a trace"
grep -q "nonsense: this is no trace" "$tmp/err.log" || fail "wadi-ctl does not say what is wrong"
"$ctl" trace "$trace" many 2>"$tmp/err.log" && fail "a count that is no number is taken"
grep -q "such as 100" "$tmp/err.log" || fail "wadi-ctl does not say what trace takes"
