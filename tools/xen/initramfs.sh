#!/bin/bash
# initramfs: trees of files made into cpio archives, for guests and for dom0. Sourced
# beside packages.sh.

# pack TREE ARCHIVE: owned by root, in an order that does not change.
pack() {
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$2"
}

# add_busybox TREE: with a link for each of its commands.
add_busybox() {
	local applet
	mkdir -p "$1/bin"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for applet in $("$1/bin/busybox" --list); do
		[ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
	done
}

# add_modules TREE MODULE...: as /modules/NAME.ko, unpacked, without what only a debugger reads.
# shellcheck disable=SC2154 # modules is packages.sh's
add_modules() {
	local tree=$1 module
	shift
	mkdir -p "$tree/modules"
	for module; do
		if [ -e "$modules/$module.ko" ]; then
			cp "$modules/$module.ko" "$tree/modules/"
		else
			xz -dc "$modules/$module.ko.xz" >"$tree/modules/${module##*/}.ko"
		fi
	done
	strip --strip-debug "$tree"/modules/*.ko
}

# add_libraries TREE PROGRAM...: the shared libraries that they need. Where LD_LIBRARY_PATH
# names a folder, that one's come first.
add_libraries() {
	local tree=$1 library needed
	shift
	mkdir -p "$tree/lib64" "$tree/usr/lib/x86_64-linux-gnu"
	needed=$(ldd "$@" 2>/dev/null || true)
	! grep 'not found' <<<"$needed" || give_up "libraries of ${*##*/} are missing; they are above"
	awk '$2 == "=>" { print $3 } $1 ~ /^\/lib64/ { print $1 }' <<<"$needed" | sort -u | while read -r library; do
		case $library in
		/lib64/*) cp -L "$library" "$tree/lib64/" ;;
		*) cp -L "$library" "$tree/usr/lib/x86_64-linux-gnu/" ;;
		esac
	done
}

# add_programs TREE PROGRAM...: into /bin, with the libraries that they need.
add_programs() {
	local tree=$1
	shift
	mkdir -p "$tree/bin"
	# A program of the same name may be busybox's link, which cp would follow.
	cp -L --remove-destination "$@" "$tree/bin/"
	add_libraries "$tree" "$@"
}
