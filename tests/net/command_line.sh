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
for program in "$build"/src/apps/*/wadi-*[!.]?; do
	expect "" "$("$program" --help | grep -E '.{81}' || true)" "lines of $program --help that are wider than 80 columns"
done
for program in "$dns" "$echo_server" "$ctl"; do
	for section in OPTIONS FILES 'EXIT STATUS' 'SEE ALSO'; do
		said 0 "^\.SH $section" "$program" --man
	done
	if [ -x "$(command -v groff)" ]; then
		expect "" "$("$program" --man | groff -man -Tutf8 -ww 2>&1 >/dev/null)" "what groff says of $program --man"
	fi
done
said 0 '^\.SH SIGNALS' "$dns" --man

# Completion in a bash, which calls the function that `complete` has registered.
# complete_words PROGRAM WORD...: what it offers for the last word.
ofp=$(program wadi-ofp)
bench=$(program wadi-bench)
complete_words() {
	PATH=$(dirname "$dns"):$(dirname "$ctl"):$(dirname "$ofp"):$(dirname "$bench"):$PATH bash -uc '
		eval "$("$1" completion bash)"
		read -r _ _ function name <<<"$(complete -p "$1")"
		[ "$name" = "$1" ] || exit 1
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		"$function" "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" ${COMPREPLY[@]+"${COMPREPLY[@]}"}' "$0" "$@" | paste -sd ' '
}
# offers WORDS PROGRAM WORD...: it offers these.
offers() {
	expect "$1" "$(complete_words "${@:2}")" "completion of ${*:2}"
}
offers "serve check answer compile completion" wadi-dns ""
offers "check compile completion" wadi-dns c
offers "--set --strict" wadi-dns check --s
offers "--output" wadi-dns compile --o
offers "--replace" wadi-dns --r
offers "idle=" wadi-dns serve --set idl
offers "idle=" wadi-dns serve --set = idl
offers "ports[0].name=" wadi-dns serve --set "ports[0].na"
offers "config/dns.json" wadi-dns serve -c config/dns.j
offers "config/dns.json" wadi-dns check config/dns.j
offers bash wadi-dns completion ""
offers bash wadi-ctl completion ""
offers "" wadi-bench dns --rate ""
offers "print completion" wadi-ofp ""
for program in "$dns" "$ctl" "$ofp"; do
	name=${program##*/}
	"$program" completion bash >"$tmp/completion.bash"
	expect "" "$(shellcheck -s bash "$tmp/completion.bash" 2>&1)" "what shellcheck says of $name completion bash"
	said 2 "^$name: completion needs the name of the shell: bash" "$program" completion
	said 2 "^$name: there is no completion for zsh, only for bash" "$program" completion zsh
	said 2 "^$name: completion takes one argument" "$program" completion bash zsh
done
said 0 '^Usage:$' "$dns" completion --help
said 2 'there is no command complet; did you mean compile' "$dns" complet

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
