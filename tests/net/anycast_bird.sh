#!/bin/bash
# Anycast with bird as docs/operating.md has it: two servers of one address, one on a TAP and one
# on XDP sockets, a router that speaks BGP with both, and a client. The address is withdrawn when
# the server is killed, and when it is a lame duck; a stop with time loses no answer.
. "$(dirname "$0")/lib.sh"
for command in bird birdc dnsperf; do
	command -v $command >/dev/null || skip "$command is missing: tools/deps run test"
done
[[ $("$dns" --help) == *af_xdp:* ]] || skip "this build has no af_xdp"

left=wadi-left-$$
right=wadi-right-$$
router=wadi-router-$$
netns "$left" "$right" "$router" "$client"
# link NAMESPACE NUMBER: its up0 is 10.60.NUMBER.9, the router's end 10.60.NUMBER.1.
link() {
	ip link add name up0 netns "$1" type veth peer name "down$2" netns "$router"
	ip -n "$1" addr add "10.60.$2.9/24" dev up0
	ip -n "$router" addr add "10.60.$2.1/24" dev "down$2"
	ip -n "$1" link set up0 up
	ip -n "$router" link set "down$2" up
	within "$router" ethtool -K "down$2" tx off >/dev/null
}
link "$left" 1
link "$right" 2
link "$client" 3
within "$client" ethtool -K up0 tx off >/dev/null
ip -n "$client" route add default via 10.60.3.1
within "$router" sysctl -qw net.ipv4.ip_forward=1
within "$left" sysctl -qw net.ipv4.ip_forward=1
ip -n "$left" route add default via 10.60.1.1

# start_bird NAME NAMESPACE: with $tmp/NAME.bird.
start_bird() {
	start "bird_$1" "$2" bird -f -c "$tmp/$1.bird" -s "$tmp/$1.ctl" -P "$tmp/$1.pid"
	poll 10 test -S "$tmp/$1.ctl" || fail "bird does not start: $(cat "$tmp/bird_$1.log")"
}
bgp="connect delay time 1; connect retry time 1; error wait time 1,2;"
cat >"$tmp/router.bird" <<END
router id 10.60.0.1;
protocol device { scan time 1; }
protocol kernel { ipv4 { import none; export all; }; }
protocol bgp left { $bgp local 10.60.1.1 as 65000; neighbor 10.60.1.9 as 65001; ipv4 { import filter { preference = 200; accept; }; export none; }; }
protocol bgp right { $bgp local 10.60.2.1 as 65000; neighbor 10.60.2.9 as 65002; ipv4 { import all; export none; }; }
END
# By the route through the TAP.
cat >"$tmp/left.bird" <<END
router id 10.60.1.9;
protocol device { scan time 1; }
protocol kernel { learn; scan time 1; ipv4 { import all; export none; }; }
protocol bgp upstream { $bgp local 10.60.1.9 as 65001; neighbor 10.60.1.1 as 65000;
	ipv4 { import none; next hop self; export where ifname = "wadi0" && net = 192.0.2.53/32; }; }
END
# By the script.
cat >"$tmp/right.bird" <<END
router id 10.60.2.9;
protocol device { scan time 1; }
protocol static anycast { disabled; ipv4; route 192.0.2.53/32 unreachable; }
protocol bgp upstream { $bgp local 10.60.2.9 as 65002; neighbor 10.60.2.1 as 65000;
	ipv4 { import none; next hop self; export where proto = "anycast"; }; }
END
sed -n '/^    #!\/bin\/sh/,/^    done/s/^    //p' docs/operating.md | sed "s|wadi-ctl|$ctl|; s|sleep 1|sleep 0.2|" >"$tmp/announce"
grep -q birdc "$tmp/announce" || fail "docs/operating.md has no script"

# server NAME DEVICE ADDRESS GATEWAY: the configuration; id.server is the name.
server() {
	conf "$1" "$2"
	sed -i "s|\"ipv4\": \"10.53.0.2/24\"|\"ipv4\": [ \"192.0.2.53/32\", \"$3/24\" ]|; s|10.53.0.1|$4|; s|\"ipv6\": \"fd53::2/64\"|\"ipv6\": []|
		s|\"control\":|\"lame_duck_ms\": 60000, \"control\":|; s|\"dns\": {|\"dns\": { \"identity\": \"$1\",|" "$tmp/$1.json"
}
begin_left() {
	serve left "$left"
	ip -n "$left" addr add 10.53.0.1/24 dev wadi0
	ip -n "$left" route add 192.0.2.53 via 10.53.0.2 dev wadi0
}
# is_at NAME: the client is answered by that server.
is_at() {
	[ "$(within "$client" dig @192.0.2.53 id.server CH TXT +short +tries=1 +time="$scale")" = "\"$1\"" ]
}
# load: slow queries in the background for some seconds; end_load waits for their end, and sets
# $lost and $completed.
load() {
	: >"$tmp/load.log"
	echo 'www.example.org A' >"$tmp/queries"
	within "$client" stdbuf -oL dnsperf -s 192.0.2.53 -d "$tmp/queries" -l $((4 * scale)) -Q 200 -q 50 -t $((3 * scale)) >"$tmp/load.log" 2>&1 &
	pid_of[load]=$!
	poll 10 grep -q 'Started at' "$tmp/load.log" || fail "dnsperf does not begin"
}
end_load() {
	wait "${pid_of[load]}" || fail "dnsperf fails: $(cat "$tmp/load.log")"
	unset "pid_of[load]"
	lost=$(sed -n 's/.*Queries lost: *\([0-9]*\) .*/\1/p' "$tmp/load.log")
	completed=$(sed -n 's/.*Queries completed: *\([0-9]*\) .*/\1/p' "$tmp/load.log")
}

server left tap:wadi0 10.53.0.2 10.53.0.1
server right af_xdp:up0 10.60.2.2 10.60.2.1
begin_left
serve right "$right"
for name in router left right; do
	start_bird $name "${!name}"
done
start announce "$right" sh "$tmp/announce" "$tmp/right.sock" "$tmp/right.ctl"
routes() {
	[ "$(within "$router" birdc -s "$tmp/router.ctl" show route for 192.0.2.53 all | grep -c BGP.as_path)" = "$1" ]
}
poll 20 routes 2 || fail "the router does not hear of two servers: $(within "$router" birdc -s "$tmp/router.ctl" show route all)"
poll 10 is_at left || fail "the client does not come to the left server"

# Killed: the TAP takes the route, and the route the announcement.
load
stop left KILL
poll 20 is_at right || fail "the client does not come to the right server after the left was killed"
end_load
[ "$completed" -gt "$lost" ] || fail "of $((completed + lost)) queries $lost were lost when a server was killed"
note "$lost of $((completed + lost)) queries lost when a server was killed"

# A lame duck on XDP sockets: the script withdraws the address, and what comes until then is
# answered. The left server, back, is preferred; so it is given a worse path first.
begin_left
poll 20 is_at left || fail "the client does not come back to the left server"
within "$router" birdc -s "$tmp/router.ctl" disable left >/dev/null
poll 20 is_at right || fail "the client does not come to the right server"
within "$router" birdc -s "$tmp/router.ctl" enable left >/dev/null
sed -i 's/preference = 200/preference = 50/' "$tmp/router.bird"
within "$router" birdc -s "$tmp/router.ctl" configure >/dev/null
poll 20 routes 2 || fail "the router does not hear of two servers again"
poll 20 is_at right || fail "the client does not stay at the right server"
load
kill -TERM "${pid_of[right]}"
poll 20 is_at left || fail "the client does not come to the left server while the right is a lame duck"
alive right || fail "the lame duck has ended"
stop right
expect 0 "$status" "exit status of the lame duck"
end_load
expect 0 "$lost" "queries lost when a server stopped with time"
