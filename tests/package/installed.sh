#!/bin/bash
# installed: an installed copy of the build under test, for the scripts that source this
# after lib.sh: $prefix is where it lies, and pkg-config finds it.
# shellcheck disable=SC2154 # tmp and build are lib.sh's
meson install -C "$build" --no-rebuild --destdir "$tmp/installed" >"$tmp/install.log" 2>&1 ||
	fail "meson install fails"
prefix=$tmp/installed$(meson introspect "$build" --buildoptions |
	python3 -c 'import json, sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
PKG_CONFIG_SYSROOT_DIR=$tmp/installed
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name wadi.pc)")
export PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_PATH
