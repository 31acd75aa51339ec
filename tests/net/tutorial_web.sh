#!/bin/bash
# docs/tutorial-web.md, followed on an installed copy: its pieces are those of examples/greet, which is built
# as it says, and answers: a page, what is allowed, JSON whatever the name is, and events as they happen.
. "$(dirname "$0")/lib.sh"
. tests/package/installed.sh

mkdir "$tmp/tutorial"
tests/package/extract.py docs/tutorial-web.md "$tmp/tutorial"
for piece in "$tmp"/tutorial/greet/*.c; do
	[ "${piece##*/}" != hello.c ] || continue
	python3 - "$piece" examples/greet/greet.c <<-'END' || fail "$(basename "$piece") of docs/tutorial-web.md is not in greet.c"
	import sys
	assert open(sys.argv[1]).read() in open(sys.argv[2]).read()
	END
done
for file in hello.c greet.json; do
	diff "examples/greet/$file" "$tmp/tutorial/greet/$file" || fail "docs/tutorial-web.md and examples/greet differ in $file"
done
[ "$(grep -cvE '^\s*(//.*)?$' examples/greet/hello.c)" -lt 80 ] || fail "a page takes 80 lines of code or more"
ln -s "$prefix/share/doc/wadi/examples" "$tmp/tutorial/examples"
(cd "$tmp/tutorial" && bash commands.sh) >"$tmp/commands.log" 2>&1 || fail "a command of the tutorial fails"

netns "$host"
# serves NAME
serves() {
	start "$1" "$host" "$tmp/tutorial/greet/wadi-$1" serve -c "$tmp/tutorial/greet/greet.json" --set "control.socket=$tmp/$1.sock" "${@:2}"
	ready "$1"
	host_side "$host" wadi0
}
get() {
	within "$host" curl -gsS -m $((20 * scale)) "$@"
}
# code [curl's arguments]: the status; the head is in $tmp/head.
code() {
	get -o "$tmp/got" -D "$tmp/head" -w '%{http_code}' "$@"
}
sed -i 's/"greet": /"hello": /' "$tmp/tutorial/greet/greet.json"
serves hello
get http://10.53.0.2/ | has_line '<p>Hello' || fail "the page"
expect 2 "$(get --http2-prior-knowledge -o "$tmp/got" -w '%{http_version}' 'http://[fd53::2]/')" "the version"
expect 404 "$(code http://10.53.0.2/absent)" "the status of what is not there"
stop hello
expect 0 "$status" "the exit status"

sed -i 's/"hello": /"greet": /' "$tmp/tutorial/greet/greet.json"
serves greet "${managed[@]}"
get http://10.53.0.2/ | has_line EventSource || fail "the page"
expect '{"hello":"you","number":1}' "$(get http://10.53.0.2/greet/you)" "a greeting"
expect '{"hello":"\u0022\u003c","number":2}' "$(get 'http://[fd53::2]/greet/%22%3c')" "a greeting of what is no name"
expect 404 "$(code http://10.53.0.2/greet/a/b)" "the status of what is not there"
expect 405 "$(code -d x http://10.53.0.2/)" "the status of a method"
grep -qx $'Allow: GET, HEAD, OPTIONS\r' "$tmp/head" || fail "what is allowed: $(cat "$tmp/head")"
expect 204 "$(code -X OPTIONS http://10.53.0.2/greet/you)" "the status of OPTIONS"
expect 204 "$(code -X OPTIONS --request-target '*' http://10.53.0.2/)" "the status of OPTIONS *"

is_managed "$host"
get -N -m 600 http://10.53.0.2/events >"$tmp/events" &
events=$!
poll 20 grep -q 'data: 2' "$tmp/events" || fail "no event: $(cat "$tmp/events")"
get http://10.53.0.2/greet/another >/dev/null
poll 20 grep -q 'data: 3' "$tmp/events" || fail "no event of the third greeting: $(cat "$tmp/events")"
kill $events
stop greet
expect 0 "$status" "the exit status"
