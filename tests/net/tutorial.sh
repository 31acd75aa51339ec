#!/bin/bash
# The tutorial, followed to the letter on an installed copy: its files are extracted and
# equal those of examples/time, its commands run, and the server answers real clients. Then
# the same files with meson: with the installed copy, and with wadi as a subproject.
. "$(dirname "$0")/lib.sh"
. tests/package/installed.sh
command -v rdate >/dev/null || skip "rdate is missing; tools/deps installs it"

mkdir "$tmp/time"
tests/package/extract.py docs/tutorial.md "$tmp/time"
diff src/apps/echo/echo.c "$tmp/time/echo/echo.c" || fail "docs/tutorial.md and src/apps/echo differ"
[ "$(grep -cvE '^\s*(//.*)?$' src/apps/echo/echo.c)" -lt 80 ] || fail "wadi-echo has 80 lines of code or more"
diff -r -x commands.sh -x echo examples/time "$tmp/time" || fail "docs/tutorial.md and examples/time differ"
(cd "$tmp/time" && bash commands.sh) >"$tmp/commands.log" 2>&1 || fail "a command of the tutorial fails"

# answers PROGRAM: serves as the tutorial says, and asks by both protocols and families.
answers() {
	local number text
	start time "$host" "$1" serve -c "$tmp/time/time.json" --set "control.socket=$tmp/time.sock" "${managed[@]}"
	ready time
	host_side "$host" wadi0
	is_managed "$host"
	number=$(date -d "$(within "$host" rdate -u -p 10.53.0.2 | sed 's/^rdate: //')" +%s)
	[ $(($(date +%s) - number)) -le 2 ] || fail "rdate got '$number' for the time $(date +%s)"
	for place in UDP4:10.53.0.2:13 'UDP6:[fd53::2]:13'; do
		text=$(echo | within "$host" socat -T 1 - "$place" | tr -d '\r')
		number=$(date -d "${text/-UTC/ UTC}" +%s)
		[ $(($(date +%s) - number)) -le 2 ] || fail "$place answered '$text'"
	done
	"$prefix/bin/wadi-ctl" "$tmp/time.sock" status | has_line '^name *wadi-time' || fail "wadi-ctl does not reach it"
	stop time
	expect 0 "$status" "exit status"
}
# What the management endpoint brings along is only in appliances that list it.
[ "$(stat -c %s "$tmp/time/echo/wadi-udp")" -lt $(($(stat -c %s "$tmp/time/echo/wadi-echo") - 1000000)) ] ||
	fail "an appliance without the management endpoint carries HTTP and TLS"
netns "$host"
answers "$tmp/time/wadi-time"

# Both steps of the smallest appliance.
for step in udp echo; do
	start $step "$host" "$tmp/time/echo/wadi-$step" serve -c "$tmp/time/time.json" --set "control.socket=$tmp/$step.sock"
	ready $step
	host_side "$host" wadi0
	expect "word" "$(echo word | within "$host" socat -T 1 - UDP4:10.53.0.2:7)" "answer of $step over UDP"
	[ $step = udp ] || expect "word" "$(echo word | within "$host" socat -t 5 - 'TCP6:[fd53::2]:7')" "answer over TCP"
	stop $step
	expect 0 "$status" "exit status"
done

cp -r examples/time "$tmp/meson"
meson setup "$tmp/meson/build" "$tmp/meson" >"$tmp/meson.log" 2>&1 || fail "meson setup fails on the installed copy"
meson test -C "$tmp/meson/build" >"$tmp/meson.log" 2>&1 || fail "meson test fails on the installed copy"

mkdir "$tmp/meson/subprojects"
ln -s "$root" "$tmp/meson/subprojects/wadi"
# Of its options the smallest: so TLS and HTTP/2 are left out, too, and the management endpoint answers without them.
PKG_CONFIG_PATH='' PKG_CONFIG_SYSROOT_DIR='' meson setup -Doptimization=0 -Dwadi:{tls,http2,dpdk,xdp,xen}=false \
	--force-fallback-for=wadi "$tmp/meson/sub" "$tmp/meson" >"$tmp/meson.log" 2>&1 || fail "meson setup fails with a subproject"
nice ninja -C "$tmp/meson/sub" >"$tmp/meson.log" 2>&1 || fail "the build fails with a subproject"
meson test -C "$tmp/meson/sub" --no-rebuild >"$tmp/meson.log" 2>&1 || fail "the test fails with a subproject"
[ ! -e "$tmp/meson/sub/subprojects/wadi/src/apps/dns" ] || fail "the subproject builds programs"
answers "$tmp/meson/sub/wadi-time"
