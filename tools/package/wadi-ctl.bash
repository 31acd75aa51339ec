# Completion for bash of wadi-ctl and of every appliance (wadi-dns, wadi-echo, wadi-web, wadi-bench, wadi-sdn
# are links to this file). Commands, options and keys come from the programs themselves, which have them from
# the tables that their help is printed from. An appliance from elsewhere gets the same by: complete -F _wadi my-appliance

# _wadi_terms SECTION PROGRAM [COMMAND]: the terms of the sections of --help whose titles
# begin so.
_wadi_terms() {
	"${@:2}" --help 2>/dev/null | awk -v section="$1" '
		/^[^ ]/ { inside = index($0, section) == 1 }
		inside && /^  [^ ]/ { sub(/^ */, ""); gsub(/,/, ""); print }'
}

_wadi_commands() {
	_wadi_terms Commands "$1" | cut -d ' ' -f 1
}

# _wadi_options PROGRAM [COMMAND]: what the command takes, or else all options.
_wadi_options() {
	_wadi_terms Options "$@" | tr ' ' '\n' | grep '^-' | sort -u
}

_wadi_keys() {
	"$1" --help-config 2>/dev/null | sed -n 's/^\([^ :]*\):.*/\1=/p'
}

_wadi() {
	local program=$1 word=$2 before=$3 command=
	COMPREPLY=()
	case $before in
	-c | --config | -o | --output)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--set)
		compopt -o nospace 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -W "$(_wadi_keys "$program")" -- "$word")
		return
		;;
	esac
	if [[ $word == -* ]]; then
		[ "$COMP_CWORD" -gt 1 ] && [[ ${COMP_WORDS[1]} != -* ]] && command=${COMP_WORDS[1]}
		mapfile -t COMPREPLY < <(compgen -W "$(_wadi_options "$program" ${command:+"$command"})" -- "$word")
	elif [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_wadi_commands "$program")" -- "$word")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

# wadi-ctl knows itself what may follow, and asks the appliance that the line names. A status of 3
# says that the word may be the path of a file.
_wadi_ctl() {
	local status
	mapfile -t COMPREPLY < <("$1" --complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null; echo $?)
	status=${COMPREPLY[-1]}
	unset 'COMPREPLY[-1]'
	[ "$status" -eq 3 ] || return 0
	compopt -o filenames 2>/dev/null
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$2")
}

complete -F _wadi wadi-dns wadi-echo wadi-web wadi-bench wadi-sdn
complete -F _wadi_ctl wadi-ctl
