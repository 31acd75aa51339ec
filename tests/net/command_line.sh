#!/bin/bash
# The command lines of wadi-dns and wadi-ctl: the GNU forms of options, help of one
# command, suggestions, completion, the default configuration. Needs no network.
. "$(dirname "$0")/lib.sh"

# said STATUS PATTERN COMMAND...: what it says is in $out.
said() {
	local wanted=$1 pattern=$2 got=0
	shift 2
	out=$("$@" 2>&1) || got=$?
	expect "$wanted" $got "exit status of $*: $out"
	grep -q -- "$pattern" <<<"$out" || fail "$* does not say '$pattern' but: $out"
}

conf dns mem:x
said 0 '^1 zone, 27 records' "$dns" check -c "$tmp/dns.json"
for form in "-c$tmp/dns.json" "--config=$tmp/dns.json" "--config $tmp/dns.json"; do
	# shellcheck disable=SC2086 # words
	said 0 '^1 zone, 27 records' "$dns" check $form --set=workers=2
done
said 1 'workers: must be from 1' "$dns" check --set=workers=0 -c "$tmp/dns.json"
said 0 '^wadi-dns [0-9]' "$dns" -V
said 0 '^wadi-ctl [0-9]' "$ctl" -V

said 2 '^wadi-dns: -c needs the path of a file, and is empty' "$dns" -c ''
said 2 '-c needs the path of a file, and is empty; wadi-dns check --help' "$dns" check --config=
said 1 '^wadi-ctl: /etc/passwd is neither a socket nor a console$' "$ctl" /etc/passwd status
said 1 '^wadi-ctl: /etc/wadi-none: No such file' "$ctl" /etc/wadi-none status

# A full disk that cuts the output is a failure.
for command in "$ctl --help" "$dns --help" "$dns --help-config" "$dns check -c $tmp/dns.json"; do
	got=0
	# shellcheck disable=SC2086 # words
	$command >/dev/full 2>"$tmp/full.log" || got=$?
	expect 1 $got "exit status of $command on a full disk"
	grep -q ': the output cannot be written: No space left on device' "$tmp/full.log" ||
		fail "$command on a full disk says $(cat "$tmp/full.log")"
done

# What is mistyped is answered by what was meant.
said 2 'there is no command chekc; did you mean check?; wadi-dns --help explains' "$dns" chekc
said 2 'no option --stritc; did you mean --strict?; wadi-dns check --help explains' "$dns" check --stritc a b
said 2 'no option --jsno; did you mean --json?' "$ctl" /nowhere.sock status --jsno
said 2 'takes no value' "$ctl" /nowhere.sock status --json=yes
said 2 'a value is missing after --set' "$dns" check -c "$tmp/dns.json" --set
said 2 'the options follow the command: wadi-dns check' "$dns" -c "$tmp/dns.json" check
said 2 'no option --bufsize' "$dns" check --bufsize 1232 a b

# The help of a command is its own, that of the program is all.
said 0 'wadi-dns check --list' "$dns" check --help
! grep -qE 'bufsize|compile|Commands:|Devices:' <<<"$out" || fail "check --help says more than check's: $out"
said 0 '--bufsize N' "$dns" --help
said 0 '/etc/wadi/dns.json' "$dns" --help
for program in "$dns" "$echo_server" "$ctl"; do
	for section in OPTIONS FILES 'EXIT STATUS' 'SEE ALSO'; do
		said 0 "^\.SH $section" "$program" --man
	done
	if [ -x "$(command -v groff)" ]; then
		expect "" "$("$program" --man | groff -man -Tutf8 -ww 2>&1 >/dev/null)" "what groff says of $program --man"
	fi
done
said 0 '^\.SH SIGNALS' "$dns" --man

# complete PROGRAM WORD...: what completion offers for the last word.
complete_words() {
	PATH=$(dirname "$dns"):$(dirname "$ctl"):$PATH bash -c '
		. tools/package/wadi-ctl.bash
		function=_wadi
		[ "$1" != wadi-ctl ] || function=_wadi_ctl
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		$function "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' "$0" "$@" | paste -sd ' '
}
expect "check compile" "$(complete_words wadi-dns c)" "completion of wadi-dns c"
expect "--set --strict" "$(complete_words wadi-dns check --s)" "completion of an option of check"
expect "--output" "$(complete_words wadi-dns compile --o)" "completion of an option of compile"

# The default configuration, in a folder /etc of this test alone.
said 2 'a configuration is needed: -c FILE; the default one, /etc/wadi/dns.json, cannot be read: No such file' "$dns"
# shellcheck disable=SC2016 # the inner shell expands it
here() {
	unshare -m bash -c 'mount -t tmpfs none /etc && mkdir /etc/wadi && cp "$1" /etc/wadi/dns.json && shift && "$@"' \
		bash "$tmp/dns.json" "$@"
}
if unshare -m true 2>/dev/null; then
	said 0 '^1 zone, 27 records' here "$dns" check
	said 0 '^1 zone, 27 records' here "$dns" check --strict
	said 0 '192.0.2.80' here "$dns" answer www.example.org A
	said 0 '^syntax' here "$dns" check --list
fi
