#!/bin/bash
# builds: the build folders of tools/test, each with only what its tests need. Sourced;
# $root, $jobs and the function result are the sourcing script's.
# shellcheck disable=SC2154

# A third of the builds' time was the linker's; lld takes a third of that of GNU ld.
quick_link=-Dc_link_args=-fuse-ld=lld

# Only the first build has the page of wadi-sdn, for which npm is run.
# Warnings are judged by gcc's release build, of tests by its build with ASan, and by the build of
# clang. The builds with sanitizers are made with -O1, in half of the time; at that level these three
# warnings of gcc are often wrong.
sanitized=("$quick_link" -Ddebug=true -Doptimization=1 -Dsdn_page=disabled
	'-Dc_args=-g1 -Wno-format-truncation -Wno-format-overflow -Wno-maybe-uninitialized')

# clang_name: Debian 12's, or that of Debian 13.
clang_name() {
	command -v clang-14 clang-19 | head -n 1
}

# configure FOLDER CC [meson option...]: once, and again when the options have changed. A
# folder that was not configured here is left alone.
configure() {
	local dir=$1 cc=$2
	shift 2
	if [ -f "$dir/build.ninja" ]; then
		[ -f "$dir/options" ] && [ "$(cat "$dir/options")" != "$*" ] || return 0
		rm -rf "$dir"
	fi
	CC=$cc meson setup "$dir" "$@" && echo "$*" >"$dir/options"
}

# build NAME FOLDER [TARGET...]: the folder is configured.
build() {
	local name=$1 dir=$2 start=$SECONDS
	shift 2
	if nice ninja -C "$dir" -j "$jobs" "$@" >"$dir/build.log" 2>&1; then
		result ok "build/$name" $((SECONDS - start))
	else
		grep -A 12 -m 3 -E 'error|FAILED' "$dir/build.log" || tail -n 20 "$dir/build.log"
		result FAIL "build/$name" $((SECONDS - start)) "$dir/build.log"
		return 1
	fi
}

# setup NAME FOLDER CC [meson option...]
setup() {
	local name=$1 dir=$2
	shift
	configure "$@" >"$gate/setup-$name.log" 2>&1 || {
		tail -n 20 "$gate/setup-$name.log"
		result FAIL "build/$name" 0 "$gate/setup-$name.log"
		return 1
	}
}

# compiled FOLDER RULES: each object, for the compiler's warnings, and each program, but of unit
# tests, simulations and fuzzers, which run with sanitizers, nothing that these rules make, and
# no certificates.
compiled() {
	ninja -C "$1" -t targets all | sed -nE '/^meson-internal/d; /^tests\/(unit|sim|fuzz)\/.*: ('"$2"'|CUSTOM_COMMAND)$/d
		s/: (c_COMPILER|c_LINKER|STATIC_LINKER|CUSTOM_COMMAND)$//p'
}

job_build_gcc() {
	setup gcc build gcc || return
	mapfile -t targets < <(compiled build 'c_LINKER|c_COMPILER')
	build gcc build "${targets[@]}"
}

# For clang's warnings, the targets of libFuzzer, and whether the appliances can be linked. Programs with
# sanitizers may need setarch to run, and man pages are printed by programs.
job_build_clang() {
	setup clang build-clang "$(clang_name)" $quick_link -Dfuzz=true -Dsdn_page=disabled -Db_sanitize=address,undefined \
		-Db_lundef=false -Doptimization=1 -Dc_args=-gline-tables-only || return
	mapfile -t targets < <(compiled build-clang c_LINKER | grep -E '\.o$|^src/apps/.*/wadi-[a-z]+$')
	build clang build-clang fuzzers "${targets[@]}"
}

job_build_asan() {
	setup asan build-asan gcc -Db_sanitize=address,undefined "${sanitized[@]}" &&
		build asan build-asan meson-test-prereq
}

# The portable body of core/simd.h, and what takes the place of libraries that are left out
# (tls_none.c, http2_none.c), which no other build here compiles. Other folders of tests/unit hold
# nothing that differs.
portable_below=core,tcpip,dns,apps,tls

job_build_portable() {
	setup portable build-portable gcc -Dportable=true -Ddpdk=false -Dxen=false -Dtls=false -Dhttp2=false -Ddnstap=false \
		"${sanitized[@]}" || return
	mapfile -t targets < <(tools/gate/suite.py --programs --below $portable_below build-portable unit)
	build portable build-portable "${targets[@]}" tests/xen/load tests/unit/tls/certificates
}

job_build_tsan() {
	setup tsan build-tsan gcc -Db_sanitize=thread -Ddpdk=false "${sanitized[@]}" || return
	mapfile -t targets < <(tools/gate/suite.py --programs build-tsan tsan)
	build tsan build-tsan "${targets[@]}"
}
