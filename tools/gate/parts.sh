#!/bin/bash
# parts: the parts of tools/test, and one case of each once more. Sourced beside builds.sh;
# results go through the sourcing script's functions result and record.
# shellcheck disable=SC2154

# meson_suite FOLDER SUITE [OPTION or NAME...]: each test counts, as LABEL/NAME; the label is
# $label, or the suite.
meson_suite() {
	local dir=$1 suite=$2 label=${label:-$2} start=$SECONDS status name seconds ok=0 bad=0
	shift 2
	{ tools/gate/suite.py "$dir" "$suite" "$@" || echo "FAIL suite.py 0"; } | {
		while read -r status name seconds; do
			case $status in
			ok) record ok "$label/${name#"$suite/"}"; ok=$((ok + 1)) ;;
			*) result "$status" "$label/${name#"$suite/"}" "$seconds" "$dir/$suite.log"; bad=$((bad + 1)) ;;
			esac
		done
		printf '%-5s %-38s %5s s  %s passed\n' "" "$label" $((SECONDS - start)) $ok
		[ $bad -eq 0 ] || sed -n '/^=.*listing/,$p; /stderr:/,/^$/p' "$dir/$suite.log" | tail -n 60
	}
}

job_unit() {
	meson_suite build-asan unit "$@"
}

job_sim() {
	# Two minutes of TCP's seeds; whoever develops waits for a tenth of that.
	WADI_SIM_CPU_S=120 meson_suite build-asan sim "$@"
}

job_fuzz() {
	meson_suite build-asan fuzz "$@"
}

job_portable() {
	label=portable meson_suite build-portable unit --below "$portable_below" "$@"
}

job_lines() {
	meson_suite build lines "$@"
}

job_tsan() {
	rm -f build-tsan/report.*
	meson_suite build-tsan tsan "$@"
	head -n 40 build-tsan/report.* 2>/dev/null || true
}

# net_script SCRIPT: it exits with 75 when a wait of lib.sh timed out, with 76 when it failed
# otherwise and no program of its died; 124 is timeout's.
net_script() {
	local script=$1 limit_s=$((180 * scale)) start=$SECONDS status=0 name log
	name=$(basename "$script" .sh) log=build/net/$(basename "$script" .sh).log
	[ "$long" = no ] || limit_s=$((1800 * scale))
	WADI_LONG=$long timeout -k 20 $limit_s "$script" >"$log" 2>&1 </dev/null || status=$?
	case $status in
	0) result ok "net/$name" $((SECONDS - start)) "$(sed -n 's/^note: //p' "$log" | paste -sd ';')" ;;
	77) result skip "net/$name" $((SECONDS - start)) "SKIPPED: $(tail -n 1 "$log")" ;;
	*)
		tail -n 40 "$log" | sed 's/^/      | /'
		case $status in
		75 | 124 | 137) result SLOW "net/$name" $((SECONDS - start)) "$log" ;;
		76) result UNSURE "net/$name" $((SECONDS - start)) "$(said_last "$log")" ;;
		*) result FAIL "net/$name" $((SECONDS - start)) "$(said_last "$log")" ;;
		esac
		;;
	esac
}

# said_last LOG: why the script failed, as it says.
said_last() {
	grep -m 1 '^FAIL: ' "$1" || echo "$1"
}

job_net() {
	local script
	if [ "$(id -u)" -ne 0 ]; then
		result skip net 0 "SKIPPED: network namespaces want root"
		return
	fi
	mkdir -p build/net
	for script in tests/net/*.sh; do
		case $script in
		tests/net/lib.sh | tests/net/ovs.sh | tests/net/members.sh | tests/net/account.sh | tests/net/sanitizers.sh) ;;
		*) net_script "$script" ;;
		esac
	done
}

# The scripts of tests/net whose program has sanitizers.
job_account() {
	if [ "$(id -u)" -ne 0 ]; then
		result skip account 0 "SKIPPED: network namespaces want root"
		return
	fi
	mkdir -p build/net
	net_script tests/net/account.sh
	net_script tests/net/sanitizers.sh
}

# xen_run NAME [OPTION...]: each of its results is one of ours, under the name.
xen_run() {
	local prefix=$1 status name seconds remark
	shift
	{ tests/xen/run "$@" 2>&1 || [ $? -eq 1 ] || echo "FAIL run 0 tests/xen/run itself fails"; } |
		while read -r status name seconds remark; do
			case $status in
			ok | FAIL | SLOW) result "$status" "$prefix/$name" "$seconds" "$remark" ;;
			*) printf '      %s\n' "$status $name $seconds $remark" ;;
			esac
		done
}

xen_image() {
	local start=$SECONDS
	if tests/xen/image_test.py >build-xen/image_test.log 2>&1; then
		result ok xen/image $((SECONDS - start)) "tools/image: refusals, a guest's parts, an answer"
		return
	fi
	tail -n 30 build-xen/image_test.log
	if grep -q TimeoutExpired build-xen/image_test.log; then
		result SLOW xen/image $((SECONDS - start)) build-xen/image_test.log
	else
		result FAIL xen/image $((SECONDS - start)) build-xen/image_test.log
	fi
}

xen_sabotage() {
	local start=$SECONDS status=0
	tests/xen/run --sabotage --guest spin >build-xen/sabotage.log 2>&1 || status=$?
	if [ $status -eq 1 ]; then
		result ok xen/sabotage $((SECONDS - start)) "$(grep -m 1 ^FAIL build-xen/sabotage.log)"
	else
		tail -n 30 build-xen/sabotage.log
		result FAIL xen/sabotage $((SECONDS - start)) "vifs outside of their bridge went unnoticed"
	fi
}

job_xen() {
	if ! tools/deps build run xen; then
		# Where it has to run, that it cannot is a failure.
		if [ "${CI:-}" = true ]; then
			result FAIL xen 0 "its packages are missing"
		else
			result skip xen 0 "SKIPPED: its packages are missing"
		fi
		return
	fi
	mkdir -p build-xen
	xen_image
	xen_run xen
	[ "$long" = yes ] || return 0
	xen_run xen-pvh --pvh
	xen_run xen-figures --figures
	xen_sabotage
}

job_bench() {
	local start=$SECONDS
	if tools/bench micro --check >build/bench.log 2>&1; then
		result ok bench/instructions $((SECONDS - start)) "$(tail -n 1 build/bench.log)"
	else
		sed 's/^/      | /' build/bench.log
		result FAIL bench/instructions $((SECONDS - start)) build/bench.log
	fi
}

# self_test NAME PROGRAM WHAT
self_test() {
	local start=$SECONDS
	if "$2" >"$gate/$1_test.log" 2>&1; then
		result ok "lint/$1" $((SECONDS - start)) "$3"
	else
		cat "$gate/$1_test.log"
		result FAIL "lint/$1" $((SECONDS - start)) "$gate/$1_test.log"
	fi
}

# lint [OPTION or GATE...]: of tools/lint, whose gates count.
lint() {
	local status text start=$SECONDS line
	{ tools/lint "$@" 2>&1 || [ $? -eq 1 ] || echo "FAIL lint: tools/lint itself fails"; } |
		while IFS= read -r line; do
			read -r status text <<<"$line"
			case $status in
			ok | FAIL) result "$status" "${text%%:*}" $((SECONDS - start)) "${text#*: }"; start=$SECONDS ;;
			*) printf '      %s\n' "$line" ;;
			esac
		done
}

job_lint() {
	self_test self tests/tools/lint_test.py "each gate finds what it is there for"
	self_test gate tests/tools/gate_test.py "slow is distinguished from wrong"
	self_test import tests/tools/import_test.py "what is made of configurations of BIND and NSD"
	self_test suite tests/tools/suite_test.py "servers side by side, and what Chromium shows of the report"
	if [ "$long" = yes ]; then lint --base "$base" --deep; else lint --base "$base"; fi
}

# fuzz_target NAME SECONDS
fuzz_target() {
	local name=$1 start=$SECONDS seeds=build-clang/corpus/$1 crash=build-clang/crash/$1 file
	mkdir -p "$seeds" "$crash"
	for file in tests/fuzz/corpus/"$name"/*; do
		case $file in
		*.hex) sed 's/#.*//' "$file" | xxd -r -p >"$seeds/$(basename "$file" .hex)" ;;
		*) cp "$file" "$seeds/" ;;
		esac
	done
	if setarch -R build-clang/tests/fuzz/"${name}_fuzz" -max_total_time="$2" -timeout=$((10 * scale)) \
		-max_len=4096 -artifact_prefix="$crash/" "$seeds" >"$crash/log" 2>&1; then
		result ok "fuzzing/$name" $((SECONDS - start)) \
			"$(sed -n 's/^Done \([0-9]*\) runs.*/\1 runs/p' "$crash/log")"
		return
	fi
	grep -E 'ERROR|SUMMARY|runtime error|Assert' "$crash/log" | head -n 5
	if grep -q 'libFuzzer: timeout' "$crash/log"; then
		result SLOW "fuzzing/$name" $((SECONDS - start)) "$crash/log; input beside it"
	else
		result FAIL "fuzzing/$name" $((SECONDS - start)) "$crash/log; input beside it"
	fi
}

# Tests whose programs or data are newer than their last pass.
job_quick_tests() {
	local suite
	for suite in unit sim fuzz; do
		meson_suite build-asan $suite --changed
	done
}

job_quick_lint() {
	lint --changed --base "$base" format layers names words budget drops overlays hot-path shell commits tidy
}

job_fuzzing() {
	local targets=(tests/fuzz/*_fuzz.c) target share=120
	[ "$long" = yes ] || share=$((30 / ${#targets[@]}))
	[ $share -gt 0 ] || share=1
	for target in "${targets[@]}"; do
		fuzz_target "$(basename "$target" _fuzz.c)" $share
	done
}

job_commits() {
	local tree commit start from=$base
	git rev-parse --verify --quiet "$base" >/dev/null || from=
	tree=$(mktemp -d)
	git worktree add --quiet --detach "$tree" HEAD
	for commit in $(git rev-list --reverse "${from:+$from..}HEAD"); do
		start=$SECONDS
		git -C "$tree" checkout --quiet --detach "$commit"
		if (cd "$tree" && { [ -d build ] || meson setup build -Ddpdk=false; } && nice ninja -C build &&
			meson test -C build --no-rebuild -t "$scale") >"$gate/commit.log" 2>&1; then
			result ok "commit/${commit:0:10}" $((SECONDS - start)) "$(git show -s --format=%s "$commit")"
		else
			tail -n 20 "$gate/commit.log"
			result FAIL "commit/${commit:0:10}" $((SECONDS - start)) "$(git show -s --format=%s "$commit")"
		fi
	done
	git worktree remove --force "$tree"
}

# case_again NAME: a case that reached its limit.
case_again() {
	local part=${1%%/*} name=${1#*/}
	case $part in
	unit | sim | fuzz | portable | tsan | lines) "job_$part" "$name" ;;
	net) net_script "tests/net/$name.sh" ;;
	xen) if [ "$name" = image ]; then xen_image; else xen_run xen --guest "${name%%/*}"; fi ;;
	xen-*) xen_run "$part" "--${part#xen-}" --guest "${name%%/*}" ;;
	fuzzing) fuzz_target "$name" 10 ;;
	*) result FAIL "$1" 0 "cannot be repeated alone" ;;
	esac
}
