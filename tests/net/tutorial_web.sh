#!/bin/bash
# docs/tutorial-web.md, followed: its program is the one that the build made, and answers as the text
# says: a page, JSON whatever the name is, and events as they happen.
. "$(dirname "$0")/lib.sh"
greet=$(program wadi-greet)
[ -n "$greet" ] || skip "$build holds no wadi-greet"

mkdir "$tmp/tutorial"
tests/package/extract.py docs/tutorial-web.md "$tmp/tutorial"
for piece in "$tmp"/tutorial/greet/*.c; do
	python3 - "$piece" src/apps/greet/greet.c <<-'END' || fail "$(basename "$piece") of docs/tutorial-web.md is not in greet.c"
	import sys
	assert open(sys.argv[1]).read() in open(sys.argv[2]).read()
	END
done

netns "$host"
start greet "$host" "$greet" serve -c "$tmp/tutorial/greet/greet.json" --set "control.socket=$tmp/greet.sock" "${managed[@]}"
ready greet
host_side "$host" wadi0
get() {
	within "$host" curl -gsS -m $((20 * scale)) "$@"
}
get http://10.53.0.2/ | grep -q EventSource || fail "the page"
expect '{"hello":"you","number":1}' "$(get http://10.53.0.2/greet/you)" "a greeting"
expect '{"hello":"\u0022\u003c","number":2}' "$(get 'http://[fd53::2]/greet/%22%3c')" "a greeting of what is no name"
expect 404 "$(get -o "$tmp/got" -w '%{http_code}' http://10.53.0.2/greet/a/b)" "the status of what is not there"
expect 405 "$(get -o "$tmp/got" -w '%{http_code}' -d x http://10.53.0.2/)" "the status of a method"

is_managed "$host"
get -N -m 600 http://10.53.0.2/events >"$tmp/events" &
events=$!
poll 20 grep -q 'data: 2' "$tmp/events" || fail "no event: $(cat "$tmp/events")"
get http://10.53.0.2/greet/another >/dev/null
poll 20 grep -q 'data: 3' "$tmp/events" || fail "no event of the third greeting: $(cat "$tmp/events")"
kill $events
stop greet
expect 0 "$status" "the exit status"
