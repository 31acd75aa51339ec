#!/bin/bash
# What `meson install` puts on a system: headers that compile, a unit, man pages and
# completion that work, programs that live with the capabilities that the unit leaves them.
# tests/net/tutorial.sh builds appliances on such a copy.
. "$(dirname "$0")/lib.sh"
. tests/package/installed.sh

clang=$(command -v clang-14 clang-19 | head -n 1)
# Each header alone, and all of them by the other compiler; the list is what was installed.
# compiles COMPILER HEADER
compiles() {
	# shellcheck disable=SC2046 # flags are words
	echo "#include <$2>" | $1 -std=gnu17 -Wall -Wextra -Werror -Wno-unused-parameter $(pkg-config --cflags wadi) -fsyntax-only -x c - ||
		fail "$2 does not compile by $1"
}
for header in $(cd "$prefix/include" && find wadi -name '*.h'); do compiles gcc "$header"; done
compiles "$clang" wadi/wadi.h

for program in wadi-dns wadi-echo wadi-bench wadi-ctl wadi-ofp; do
	[ -x "$prefix/bin/$program" ] || fail "$program is not installed"
	head -n 1 "$prefix/share/man/man8/$program.8" | has_line '^\.TH WADI-' || fail "$program has no man page"
done
for kind in dns echo; do
	"$prefix/bin/wadi-$kind" check -c "$prefix/share/doc/wadi/examples/$kind.json" >/dev/null ||
		fail "the example configuration of wadi-$kind is not sound where it is installed"
done

# The documents, and the examples that they explain, are as they are here.
diff -r -x examples docs "$prefix/share/doc/wadi" || fail "the documents are not installed as they are"
for example in time balance lines greet; do
	diff -r "examples/$example" "$prefix/share/doc/wadi/examples/$example" || fail "examples/$example is not installed"
done

# complete PROGRAM WORD...: what completion offers for the last word.
complete_words() {
	PATH=$prefix/bin:$PATH bash -c '
		. "$0"
		read -r _ _ function _ <<<"$(complete -p "$1")"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		$function "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' "$prefix/share/bash-completion/completions/$1" "$@" | paste -sd ' '
}
expect "check compile completion" "$(complete_words wadi-dns c)" "completion of wadi-dns c"
expect "--set" "$(complete_words wadi-dns serve --se)" "completion of an option"
expect "idle=" "$(complete_words wadi-dns serve --set idl)" "completion of a key"
expect "stats status" "$(complete_words wadi-ctl /nowhere.sock sta)" "completion of a command"

# The unit's user, with its capabilities alone; tests/net/systemd.sh has systemd run it.
unit="$prefix/lib/systemd/system/wadi@.service"
# The configuration is the one that the program reads when none is named, whatever the prefix.
default=$("$prefix/bin/wadi-dns" --help | grep -o '/[a-z/]*/wadi/dns\.json' | head -n 1)
expect "ExecStart=/usr/local/bin/wadi-%i serve -c ${default/dns.json/%i.json}" "$(grep ^ExecStart= "$unit")" "the unit's command"
# And its state is what the unit makes for it.
expect "\"/var/lib/$(sed -n 's/^StateDirectory=//p' "$unit")\"" \
	"$(sed -n 's/.*"state_directory": \([^,]*\),/\1/p' "$prefix/share/doc/wadi/examples/dns.json")" "the state directory"
capabilities=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" | sed 's/CAP_/+/g; s/ /,/g' | tr '[:upper:]' '[:lower:]')
expect "$capabilities" "$(sed -n 's/^AmbientCapabilities=//p' "$unit" | sed 's/CAP_/+/g; s/ /,/g' | tr '[:upper:]' '[:lower:]')" \
	"the unit's ambient capabilities"
expect "u wadi - \"wadi network appliances\" /" "$(grep -v '^#' "$prefix/lib/sysusers.d/wadi.conf")" "the user to be made"
netns "$host" "$server" "$client"
veth "$server" veth0 "$client" veth1
chmod 755 "$tmp"
mkdir "$tmp/run"
chown nobody "$tmp/run"
ln -s run/unit.sock "$tmp/unit.sock"
for place in "$host tap:wadi0" "$server af_packet:veth0"; do
	conf unit "${place#* }"
	sed -i "s|$tmp/unit.sock|$tmp/run/unit.sock|" "$tmp/unit.json"
	start unit "${place% *}" setpriv --reuid nobody --regid nogroup --clear-groups "--inh-caps=-all,$capabilities" \
		"--ambient-caps=-all,$capabilities" "--bounding-set=-all,$capabilities" --no-new-privs \
		"$prefix/bin/wadi-dns" serve -c "$tmp/unit.json"
	ready unit
	[ "${place% *}" != "$host" ] || host_side "$host" wadi0
	answers "$([ "${place% *}" = "$host" ] && echo "$host" || echo "$client")"
	expect "zone-remove" "$(complete_words wadi-ctl "$tmp/unit.sock" zone-r)" "completion of an appliance's own command"
	stop unit
	expect 0 "$status" "exit status"
done

# The installed configuration, as the unit runs it: what zone-add adds outlasts a restart.
examples=$prefix/share/doc/wadi/examples
mkdir -p "$tmp/state" "$tmp/run-wadi"
chown nobody "$tmp/state" "$tmp/run-wadi"
chmod 755 "$tmp/installed"
printf '@ 60 SOA a a 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.99\n' >"$tmp/run-wadi/new.zone"
ln -sf run-wadi/dns.sock "$tmp/service.sock"
service() {
	# shellcheck disable=SC2016 # the inner shell expands them
	start service "$host" unshare -m bash -c 'mount -t tmpfs none /run && mount -t tmpfs none /var/lib && mkdir /run/wadi /var/lib/wadi && mount --bind "$0/run-wadi" /run/wadi &&
		mount --bind "$0/state" /var/lib/wadi && exec "$@"' "$tmp" setpriv --reuid nobody --regid nogroup --clear-groups \
		"--inh-caps=-all,$capabilities" "--ambient-caps=-all,$capabilities" "--bounding-set=-all,$capabilities" --no-new-privs \
		"$prefix/bin/wadi-dns" serve -c "$examples/dns.json"
	ready service
	host_side "$host" wadi0
}
service
"$prefix/bin/wadi-ctl" "$tmp/service.sock" zone-add new.test /run/wadi/new.zone >"$tmp/ctl.log" 2>&1 || fail "zone-add: $(cat "$tmp/ctl.log")"
expect 192.0.2.99 "$(ask "$host" a.new.test A)" "the zone that was added"
stop service
expect 0 "$status" "exit status"
service
expect 192.0.2.99 "$(ask "$host" a.new.test A)" "the zone that was added, after a restart"
stop service

# Started by root, an installed program becomes the user wadi where there is one, in an
# /etc/passwd of its own here; a copy elsewhere does not.
{
	grep -v '^wadi:' /etc/passwd
	echo "wadi:x:64987:65534:wadi network appliances:/:/usr/sbin/nologin"
} >"$tmp/passwd"
installed=/usr/local/bin/wadi-dns
became() {
	thread_users=$(awk '/^Uid:/ { print $3 }' /proc/"${pid_of[wadi]}"/task/*/status | sort -u | paste -sd ' ')
	expect "$1" "$thread_users" "user of $2"
}
conf wadi af_packet:veth0
sed -i "s|$tmp/wadi.sock|$tmp/made/wadi.sock|" "$tmp/wadi.json"
ln -s made/wadi.sock "$tmp/wadi.sock"
for place in "64987 $installed" "0 $dns"; do
	# The folder of the installed copy, where the program looks for itself.
	# shellcheck disable=SC2016 # the inner shell expands them
	start wadi "$server" unshare -m bash -c 'mount --bind "$0" /etc/passwd && mount --bind "$1" /usr/local/bin && exec "${@:2}"' \
		"$tmp/passwd" "$prefix/bin" "${place#* }" serve -c "$tmp/wadi.json"
	ready wadi
	answers "$client"
	became "${place% *}" "${place#* }"
	stop wadi
	expect 0 "$status" "exit status of ${place#* }"
	rm -rf "$tmp/made"
done
