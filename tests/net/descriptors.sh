#!/bin/bash
# Descriptors that run out: what is optional (leases on images) leaves enough for what is not;
# what lacks one says so, and what was served goes on.
. "$(dirname "$0")/lib.sh"

netns "$host"

# 120 images where 100 files may be open.
conf dns tap:wadi0
mkdir "$tmp/images"
for i in $(seq 1 120); do
	printf '@ 60 SOA a a 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.%s\n' "$i" >"$tmp/z$i"
	echo "z$i.test $tmp/z$i $tmp/images/z$i.test.image"
done >"$tmp/list"
while read -r origin zone image; do
	"$dns" compile --zone "$origin=$zone" -o "$image" >"$tmp/compile.log" 2>&1 || fail "it was not compiled: $(cat "$tmp/compile.log")"
done <"$tmp/list"
python3 - "$tmp" <<-'END'
	import json, sys
	tmp = sys.argv[1]
	conf = json.load(open(tmp + "/dns.json"))
	conf["dns"]["zones"] += [{"origin": "z%d.test" % i, "image": "%s/images/z%d.test.image" % (tmp, i)} for i in range(1, 121)]
	json.dump(conf, open(tmp + "/dns.json", "w"))
END
printf '@ 60 SOA a a 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.99\n' >"$tmp/new.zone"

# limited N NAME: serves with N descriptors.
limited() {
	# shellcheck disable=SC2016 # the inner shell expands them
	start "$2" "$host" bash -c 'ulimit -n "$0" && exec "$@"' "$1" "$dns" serve -c "$tmp/$2.json"
	ready "$2"
	host_side "$host" wadi0
}
# wadi WORD...: a command; its output is in ctl.log.
wadi() {
	timeout 20 "$ctl" "$tmp/dns.sock" "$@" >"$tmp/ctl.log" 2>&1
}
limited 100 dns
for i in 1 60 120; do
	expect "192.0.2.$i" "$(ask "$host" "a.z$i.test" A)" "the answer from image $i"
done
wadi reload || fail "reload: $(cat "$tmp/ctl.log")"
wadi zone-add new.test "$tmp/new.zone" || fail "zone-add: $(cat "$tmp/ctl.log")"
expect 192.0.2.99 "$(ask "$host" a.new.test A)" "the zone that was added"

# Clients that are connected and silent leave room for the next one.
start hogs "$host" python3 -c "
import socket, time
clients = []
for _ in range(40):
    s = socket.socket(socket.AF_UNIX); s.connect('$tmp/dns.sock'); clients.append(s); time.sleep(0.01)
time.sleep(600)"
for _ in 1 2 3; do
	wadi status || fail "no session beside silent clients: $(cat "$tmp/ctl.log")"
done
stop hogs
stop dns
expect 0 "$status" "exit status"

# attempt N: starts with N descriptors. It serves, and is stopped again, or says what is missing.
attempt() {
	local code=0
	# shellcheck disable=SC2016 # the inner shell expands them
	start few "$host" bash -c 'ulimit -n "$0" && exec "$@"' "$1" "$dns" serve -c "$tmp/dns.json"
	poll 20 over || fail "with $1 descriptors nothing happens: $(cat "$tmp/few.log")"
	if alive few; then
		stop few
		expect 0 "$status" "exit status with $1 descriptors"
		return 0
	fi
	wait "${pid_of[few]}" || code=$?
	unset "pid_of[few]"
	expect 1 "$code" "exit status with $1 descriptors: $(cat "$tmp/few.log")"
	grep -q "Too many open files" "$tmp/few.log" || fail "with $1 descriptors it says $(cat "$tmp/few.log")"
	return 1
}
# shellcheck disable=SC2317 # poll calls it
over() {
	! alive few || wadi status
}
least=5
until attempt $least; do
	least=$((least + 1))
	[ $least -lt 40 ] || fail "it does not start with 40 descriptors"
done
note "it starts with $least descriptors"
