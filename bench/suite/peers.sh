#!/bin/bash
# peers.sh RELEASE PACKAGE...: a Debian of that release in build-peers-RELEASE/root with these
# packages, from which tools/bench dns takes servers. It is kept; what is there already costs nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/gate/debian.sh
. tools/gate/debian.sh

release=$1
shift
folder=build-peers-$release
tools/deps debian
debian_make "$folder" "$release"
[ "$(cat "$folder/packages" 2>/dev/null)" != "$*" ] || exit 0
echo "installing $* in $folder/root (its log is $folder/install.log)"
# Nothing is started in there by an installation.
printf '#!/bin/sh\nexit 101\n' >"$folder/root/usr/sbin/policy-rc.d"
chmod 755 "$folder/root/usr/sbin/policy-rc.d"
# shellcheck disable=SC2016 # expanded there
debian_enter "$folder/root" bash -c 'export DEBIAN_FRONTEND=noninteractive
	apt-get update -q && apt-get install -y -q --no-install-recommends procps "$@"' install "$@" \
	>"$folder/install.log" 2>&1 || {
	tail -n 10 "$folder/install.log"
	exit 1
}
echo "$*" >"$folder/packages"
