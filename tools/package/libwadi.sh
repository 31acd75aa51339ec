#!/bin/sh
# libwadi: joins wadi's static libraries into one relocatable object, makes every symbol
# local that the list does not name, and archives the object. An appliance then links
# beside DPDK's archives without a name of ours meeting one of theirs.
set -eu
ld=$1 objcopy=$2 ar=$3 work=$4 list=$5 out=$6
shift 6
mkdir -p "$work"
"$ld" -r --whole-archive -o "$work/wadi.o" "$@"
sed -n 's/^\t\([a-z].*\)$/\1/p' "$list" >"$work/keep"
"$objcopy" --keep-global-symbols="$work/keep" "$work/wadi.o"
rm -f "$out"
"$ar" rcsD "$out" "$work/wadi.o"
