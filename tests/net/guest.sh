#!/bin/bash
# An appliance as process 1 of a namespace, as it is in a guest: what it mounts, how it
# says why it ends, and that it ends the machine in each case. There reboot() ends the
# namespace: by SIGINT when it would power off, by SIGHUP when it would restart.
. "$(dirname "$0")/lib.sh"
# unshare heeds no SIGTERM while it waits for process 1.
end_guests() {
	local status=$? name
	set +e
	for name in "${!pid_of[@]}"; do
		kill -KILL "${pid_of[$name]}"
	done
	(exit $status)
	cleanup
}
trap end_guests EXIT
echo_server=$(realpath "$echo_server")
ctl=$(realpath "$ctl")
off=$((128 + 2))
again=$((128 + 1))
run_before=$(stat -f -c %i /run)
name_before=$(hostname)

# The image's configuration.
cat >"$tmp/echo.json" <<-END
	{ "ports": [ { "name": "net0", "device": "mem:guest", "pages": 128, "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "/run/wadi/echo.sock" } }
END

# guest NAME [ARGV0 [ARGUMENT...]]: process 1 of its own namespaces, with the
# configuration at its place; its log is $tmp/NAME.log.
guest() {
	# shellcheck disable=SC2016 # the inner shell's words
	unshare --fork --kill-child --pid --mount --uts --net bash -c '
		mount -t tmpfs tmpfs /etc && mkdir /etc/wadi && cp "$1"/*.json /etc/wadi/
		exec -a "$3" "$2" "${@:4}"' guest "$tmp" "$echo_server" "${@:2}" \
		>"$tmp/$1.log" 2>&1 </dev/null &
	pid_of[$1]=$!
}

# init_of NAME: the process that is 1 within.
init_of() {
	pgrep -P "${pid_of[$1]}"
}

# inside NAME COMMAND...: in its namespaces.
inside() {
	nsenter -t "$(init_of "$1")" -p -m "${@:2}"
}

ready_guest() {
	poll 20 grep -q 'started in' "$tmp/$1.log" || fail "$1 does not start"
}

# ended NAME STATUS TEXT: how it ended, and what it said last.
ended() {
	status=0
	poll 20 eval "! alive $1" || fail "$1 does not end"
	wait "${pid_of[$1]}" || status=$?
	unset "pid_of[$1]"
	expect "$2" $status "status of $1"
	expect "$3" "$(tail -n 1 "$tmp/$1.log")" "last line of $1"
}

# It has what it needs, and ends when it is told to.
guest served /init unknown words quiet
ready_guest served
expect tmpfs "$(inside served stat -f -c %T /run)" "what /run is"
inside served test -d /proc/1 || fail "there is no /proc"
inside served "$ctl" /run/wadi/echo.sock status >/dev/null || fail "the control socket does not answer"
kill -TERM "$(init_of served)"
ended served $off "wadi-echo: powering off"

# The links that the kernel calls when the toolstack asks for it. The namespace's end
# may overtake their own.
guest off /init
ready_guest off
inside off bash -c "exec -a /sbin/poweroff '$echo_server'" || true
ended off $off "wadi-echo: powering off"
guest again /init
ready_guest again
inside again bash -c "exec -a reboot '$echo_server'" || true
ended again $again "wadi-echo: restarting"

# A crash is told, and does not leave a guest that hangs.
for crash in "SEGV a bad address" "ABRT a failed assertion" "BUS memory that is not there"; do
	signal=${crash%% *}
	guest "$signal" /init
	ready_guest "$signal"
	kill "-$signal" "$(init_of "$signal")"
	ended "$signal" $off "wadi: crashed by ${crash#* }; powering off"
done

# By its own name, as in a container, it is an ordinary program.
guest plain wadi-echo --version
wait "${pid_of[plain]}" || fail "as process 1 by its own name it fails"
unset 'pid_of[plain]'
grep -q '^wadi-echo [0-9]' "$tmp/plain.log" || fail "as process 1 by its own name it does not heed its arguments"

# A mistake is the last thing that the console shows.
sed -i 's/10.53.0.2/10.53.0/' "$tmp/echo.json"
guest wrong /init
ended wrong $off "wadi-echo: powering off for the reason above"
grep -q '/etc/wadi/echo.json:1: ports\[0\].ipv4' "$tmp/wrong.log" || fail "the mistake is not named"
rm "$tmp/echo.json"
touch "$tmp/other.json"
guest bare /init
ended bare $off "wadi-echo: powering off for the reason above"
grep -q '/etc/wadi/echo.json: the configuration cannot be read' "$tmp/bare.log" || fail "the missing file is not named"

expect "$run_before" "$(stat -f -c %i /run)" "the machine's own /run"
expect "$name_before" "$(hostname)" "the machine's own name"
