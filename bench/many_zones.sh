#!/bin/bash
# many_zones: how long a server takes until it serves many small zones, what one of them
# costs in memory, and how long a reload takes when a hundred have changed; wadi
# beside NSD and Knot. usage: bench/many_zones.sh [ZONES], 10000 when not said. Not a
# test: nothing here fails because something is slow. WADI_BUILD names the build.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/../tests/net/lib.sh"

zones=${1:-10000}
step=$((zones < 100 ? 1 : zones / 100)) # so many zones apart those that change
netns "$host"
ip -n "$host" addr add 10.54.0.1/32 dev lo

# made SERIAL STEP: writes each STEPth zone.
made() {
	python3 bench/small_zones.py "$tmp/zones" "$zones" "$1" "$2"
}

# write_confs COUNT FOLDER: the first zones, for NSD and Knot by name, for wadi as all
# that are in the folder.
write_confs() {
	local count=$1 i
	cat >"$tmp/dns.json" <<-END
	{ "ports": [ { "name": "net0", "device": "tap:wadi0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/dns.sock" }, "dns": { "zones": [ { "directory": "$2" } ] } }
	END
	{
		cat <<-END
		server:
		  ip-address: 10.54.0.1
		  server-count: 1
		  username: ""
		  database: ""
		  pidfile: "$tmp/nsd.pid"
		  xfrdfile: "$tmp/xfrd.state"
		  zonelistfile: "$tmp/zone.list"
		  xfrdir: "$tmp"
		  zonesdir: "$tmp/zones"
		remote-control:
		  control-enable: no
		pattern:
		  name: "small"
		  zonefile: "%s.zone"
		END
		for ((i = 0; i < count; i++)); do
			printf 'zone:\n  name: zone%d.example\n  include-pattern: "small"\n' "$i"
		done
	} >"$tmp/nsd.conf"
	{
		cat <<-END
		server:
		  listen: 10.54.0.1@53
		  rundir: "$tmp"
		log:
		  - target: stderr
		    any: error
		database:
		  storage: "$tmp/knot"
		template:
		  - id: default
		    storage: "$tmp/zones"
		    file: "%s.zone"
		    zonefile-sync: -1
		    journal-content: none
		zone:
		END
		for ((i = 0; i < count; i++)); do printf '  - domain: zone%d.example\n' "$i"; done
	} >"$tmp/knot.conf"
}

now_ms() {
	date +%s%3N
}

# Proportional memory of a process and its children, in KiB.
memory() {
	local pid=$1 pids
	pids=$(pgrep -P "$pid" | tr '\n' ' ')
	for pid in $pid $pids; do cat "/proc/$pid/smaps_rollup" 2>/dev/null; done |
		awk '/^Pss:/ { sum += $2 } END { print sum }'
}

# up NAME: the server is started and its address known; sets begin.
up() {
	begin=$(now_ms)
	case $1 in
	wadi)
		start "$1" "$host" "$dns" serve -c "$tmp/dns.json"
		address=10.53.0.2
		poll 30 ip -n "$host" link show wadi0 && host_side "$host" wadi0
		;;
	NSD)
		start "$1" "$host" nsd -d -c "$tmp/nsd.conf"
		address=10.54.0.1
		;;
	Knot)
		start "$1" "$host" knotd -c "$tmp/knot.conf"
		address=10.54.0.1
		;;
	esac
}

# waited COUNT SERIAL: milliseconds since begin until those are served.
waited() {
	within "$host" python3 bench/zones_ready.py "$address" "$1" "$2" "$begin"
}

mkdir "$tmp/zones" "$tmp/one" "$tmp/knot"
made 1 1
cp "$tmp/zones/zone0.example.zone" "$tmp/one"
printf '%-6s %12s %14s %14s\n' server "served ms" "KiB a zone" "reloaded ms"
for server in wadi NSD Knot; do
	case $server in
	NSD) command -v nsd >/dev/null || continue ;;
	Knot) command -v knotd >/dev/null || continue ;;
	esac
	made 1 1
	write_confs 1 "$tmp/one"
	up $server
	waited 1 1 >/dev/null
	sleep 0.5
	base=$(memory "${pid_of[$server]}")
	stop $server
	write_confs "$zones" "$tmp/zones"
	up $server
	loaded=$(waited "$zones" 1)
	sleep 0.5
	grown=$(($(memory "${pid_of[$server]}") - base))
	made 2 "$step"
	begin=$(now_ms)
	kill -HUP "${pid_of[$server]}"
	reloaded=$(waited "$zones" 2)
	printf '%-6s %12s %14s %14s\n' $server "$loaded" \
		"$(awk "BEGIN { printf \"%.2f\", $grown / $zones }")" "$reloaded"
	stop $server
done
