#!/bin/bash
# large_zone: how long a server takes from its start until it serves a large zone, what it
# takes of memory then and at the most while the zone is reloaded with another serial, and
# how long that takes; wadi beside NSD, Knot and BIND. usage: bench/large_zone.sh [NAMES],
# 1000000 addresses when not said. Memory is proportional (Pss), of the server and its
# children, sampled ten times a second. Not a test: nothing here fails because something
# is slow. WADI_BUILD names the build.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/../tests/net/lib.sh"

names=${1:-1000000}
netns "$host"
ip -n "$host" addr add 10.54.0.1/32 dev lo
mkdir "$tmp/knot"

# made SERIAL: a new file in the place of the old one.
made() {
	python3 - "$names" "$1" >"$tmp/new.zone" <<-'END'
	import sys
	names, serial = map(int, sys.argv[1:])
	print(f"$ORIGIN zone0.example.\n$TTL 300\n@ SOA ns hostmaster {serial} 3600 900 604800 300\n@ NS ns\nns A 192.0.2.1")
	for i in range(names):
	    print(f"h{i:07} A 198.18.{i >> 8 & 255}.{i & 255}")
	END
	mv "$tmp/new.zone" "$tmp/large.zone"
}

write_confs() {
	cat >"$tmp/dns.json" <<-END
	{ "ports": [ { "name": "net0", "device": "tap:wadi0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/dns.sock" },
	  "dns": { "zones": [ { "origin": "zone0.example", "file": "$tmp/large.zone" } ] } }
	END
	cat >"$tmp/nsd.conf" <<-END
	server:
	  ip-address: 10.54.0.1
	  server-count: 1
	  username: ""
	  database: ""
	  pidfile: "$tmp/nsd.pid"
	  xfrdfile: "$tmp/xfrd.state"
	  zonelistfile: "$tmp/zone.list"
	  xfrdir: "$tmp"
	  zonesdir: "$tmp"
	remote-control:
	  control-enable: no
	zone:
	  name: zone0.example
	  zonefile: large.zone
	END
	cat >"$tmp/knot.conf" <<-END
	server:
	  listen: 10.54.0.1@53
	  rundir: "$tmp"
	log:
	  - target: stderr
	    any: error
	database:
	  storage: "$tmp/knot"
	zone:
	  - domain: zone0.example
	    storage: "$tmp"
	    file: large.zone
	    zonefile-sync: -1
	    journal-content: none
	END
	cat >"$tmp/named.conf" <<-END
	options { directory "$tmp"; listen-on { 10.54.0.1; }; listen-on-v6 { none; }; recursion no;
	          pid-file "$tmp/named.pid"; session-keyfile none; };
	controls { };
	zone "zone0.example" { type primary; file "$tmp/large.zone"; };
	END
}

now_ms() {
	date +%s%3N
}

memory_kib() {
	local pid=$1 pids
	pids=$(pgrep -P "$pid" | tr '\n' ' ')
	for pid in $pid $pids; do cat "/proc/$pid/smaps_rollup" 2>/dev/null; done |
		awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'
}

# up NAME: the server is started and its address known; sets begin.
up() {
	begin=$(now_ms)
	address=10.54.0.1
	case $1 in
	wadi)
		start "$1" "$host" "$dns" serve -c "$tmp/dns.json"
		address=10.53.0.2
		poll 30 ip -n "$host" link show wadi0 && host_side "$host" wadi0
		;;
	NSD) start "$1" "$host" nsd -d -c "$tmp/nsd.conf" ;;
	Knot) start "$1" "$host" knotd -c "$tmp/knot.conf" ;;
	BIND) start "$1" "$host" named -f -n 1 -c "$tmp/named.conf" ;;
	esac
}

# waited SERIAL: milliseconds since begin until that is served.
waited() {
	within "$host" python3 bench/zones_ready.py "$address" 1 "$1" "$begin"
}

# peaked: the most that memory_kib says until a file tells to end.
peaked() {
	local most=0 now
	while [ ! -e "$tmp/enough" ]; do
		now=$(memory_kib "$1")
		most=$((now > most ? now : most))
		sleep 0.1
	done
	echo "$most" >"$tmp/peak"
}

write_confs
printf '%-6s %10s %14s %14s %12s\n' server "served ms" "bytes a record" "reload's peak" "reloaded ms"
for server in wadi NSD Knot BIND; do
	case $server in
	NSD) command -v nsd >/dev/null || continue ;;
	Knot) command -v knotd >/dev/null || continue ;;
	BIND) command -v named >/dev/null || continue ;;
	esac
	made 1
	up $server
	loaded=$(waited 1)
	sleep 1
	rest=$(memory_kib "${pid_of[$server]}")
	made 2
	rm -f "$tmp/enough"
	peaked "${pid_of[$server]}" &
	sampler=$!
	begin=$(now_ms)
	kill -HUP "${pid_of[$server]}"
	reloaded=$(waited 2)
	sleep 1
	touch "$tmp/enough"
	wait $sampler
	printf '%-6s %10s %14d %14d %12s\n' $server "$loaded" $((rest * 1024 / names)) \
		$(($(cat "$tmp/peak") * 1024 / names)) "$reloaded"
	stop $server
done
