#!/bin/bash
# The REST interface of wadi-sdn with two switches of Open vSwitch, one of each version in turn, and a host at
# each: what it tells, refuses and streams over HTTP, by openapi.json; the examples of docs/sdn.md; intents that are put over HTTPS are on the switch, and
# there again after a restart. Keys that contradict each other are refused at start.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
python=/usr/bin/python3 # Debian's, with jsonschema
$python -W ignore -c "import jsonschema" 2>/dev/null || skip "there is no jsonschema; tools/deps test installs it"
bench=$(program wadi-bench)
[ -n "$bench" ] || skip "$build holds no wadi-bench"
hosts=(wadi-h1-$$ wadi-h2-$$)
netns "$server" "$client" "${hosts[@]}"

# configure [KEY=JSON...]: of the section sdn; KEY of api begins with "api.".
configure() {
	local keys="" api='"address": "10.53.0.2", "port": 8181, "token_file": "'$tmp/token'", "read_token_file": "'$tmp/read_token'"' pair
	for pair; do
		case $pair in
		api.*) pair=${pair#api.} api+=", \"${pair%%=*}\": ${pair#*=}" ;;
		*) keys+="\"${pair%%=*}\": ${pair#*=}, " ;;
		esac
	done
	cat >"$tmp/sdn.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/sdn.sock" },
	  "sdn": { $keys"api": { $api } } }
	END
}

# refused PATTERN: the configuration is, with a sentence.
refused() {
	! "$sdn" check -c "$tmp/sdn.json" >"$tmp/refused" 2>&1 || fail "not refused: $1"
	grep -q "$1" "$tmp/refused" || fail "$1: $(cat "$tmp/refused")"
}

# phase NAME URL
phase() {
	within "$client" $python -W ignore tests/net/sdn_api.py "$1" "$2" "$tmp" "$scale" >"$tmp/phase" 2>&1 ||
		fail "$1: $(tail -n 25 "$tmp/phase") $(tail -n 3 "$tmp/bench.out" 2>/dev/null)"
	[ ! -s "$tmp/phase" ] || note "$(cat "$tmp/phase")"
}

# serving: both switches are.
serving() {
	[ "$("$ctl" "$tmp/sdn.sock" switches --json | grep -o '"serving"' | wc -l)" = 2 ]
}

(umask 077 && openssl rand -hex 32 >"$tmp/token" && openssl rand -hex 32 >"$tmp/read_token")
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=wadi -addext subjectAltName=IP:10.53.0.2 \
	-keyout "$tmp/key.pem" -out "$tmp/cert.pem" 2>"$tmp/openssl.out"
echo "{}" >"$tmp/intents.json"
included='intents={"include": "intents.json"}'

configure "api.intents_file=\"$tmp/intents.json\""
refused "sdn.api.intents_file: sdn.intents does not include it"
configure 'intents={"include": "intents.json", "networks": [{"name": "n", "vlan": 5}]}' "api.intents_file=\"$tmp/intents.json\""
refused "sdn.intents.networks is at .*sdn.json:3: move it to this file"
configure port=8181
refused "TCP port 8181 is that of sdn.port already\|sdn.api.port is that of sdn.port"
configure 'api.tls={"enabled": true}'
refused "sdn.api.tls"
configure
sed -i 's/"token_file": "[^"]*", //' "$tmp/sdn.json"
refused "sdn.api.port: the endpoint needs sdn.api.token_file"

ovs_start

veth "$server" w0 "$client" c0
configure topology=true "$included" "api.intents_file=\"$tmp/intents.json\"" api.poll_s=1
cp "$tmp/token" "$tmp/kept" && cp "$tmp/read_token" "$tmp/token"
within "$server" "$sdn" serve -c "$tmp/sdn.json" >"$tmp/refused" 2>&1 && fail "the same token twice is taken"
grep -q "has the token of token_file, too" "$tmp/refused" || fail "$(cat "$tmp/refused")"
cp "$tmp/kept" "$tmp/token"
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
within "$client" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip link add name x1 netns "$client" type veth peer name x2 netns "$client"
for i in 1 2; do
	ip -n "$client" link set "x$i" up
	ovs_host "${hosts[i - 1]}" "h$i" "10.9.0.$i/24"
	vsctl add-br "s$i" -- set bridge "s$i" datapath_type=netdev fail_mode=secure "protocols=OpenFlow1$((2 * i + 1))" \
		"other-config:datapath-id=000000000000000$i" other-config:disable-in-band=true \
		-- add-port "s$i" "h$i" -- set interface "h$i" ofport_request=1 \
		-- add-port "s$i" "x$i" -- set interface "x$i" ofport_request=2 \
		-- set-controller "s$i" tcp:10.53.0.2:6653 -- set controller "s$i" max_backoff=1000
done
within "$client" ovs-ofctl -O OpenFlow13 add-flow s1 "table=9,cookie=0x5,priority=7,in_port=9,actions=drop"
within "$client" ovs-ofctl -O OpenFlow13 add-group s1 "group_id=7,type=all,bucket=output:1,bucket=output:2"
within "$client" ovs-ofctl -O OpenFlow13 add-meter s1 "meter=3,kbps,band=type=drop,rate=1000"
poll 20 serving || fail "the switches are not served: $("$ctl" "$tmp/sdn.sock" switches)"
reach() {
	within "${hosts[0]}" ping -q -c 1 -W 1 10.9.0.2 >"$tmp/ping.log"
}
poll 20 reach || fail "the hosts do not reach each other: $(cat "$tmp/ping.log")"
within "${hosts[0]}" ping -q -i 0.1 10.9.0.2 >"$tmp/ping.log" &
pinger=$!
phase first http://10.53.0.2:8181
kill $pinger
wait $pinger || true
# A stream whose client has gone ends with the next event.
ended() {
	within "$client" bash -c 'exec 3<>/dev/tcp/10.53.0.2/6653 && echo GET >&3'
	"$ctl" "$tmp/sdn.sock" metrics >"$tmp/metrics"
	grep -q '^wadi_sdn_api_streams 0$' "$tmp/metrics"
}
poll 10 ended || fail "streams stay: $(grep sdn_api_streams "$tmp/metrics")"
for metric in packets_in_total flows flows_max answer_us; do
	grep -q "^wadi_sdn_switch_$metric{datapath=\"0000000000000002\"} [1-9]" "$tmp/metrics" ||
		fail "metrics of a switch: $(grep sdn_switch "$tmp/metrics")"
done
grep -o '^wadi_sdn_\(switch\|api\)_[a-z_]*' "$tmp/metrics" | sed 's/_total$//' | sort -u >"$tmp/names"
while read -r metric; do
	grep -q "^| .$metric. |" docs/metrics.md || fail "docs/metrics.md lacks $metric"
done <"$tmp/names"
vsctl del-controller s1 -- del-controller s2
# Many hosts, of emulated switches: pages go through all of them, and the controller's memory stays as it is.
within "$client" "$bench" of --to 10.53.0.2 --device af_packet:c0 --from 10.53.0.9/24 --switches 40 --hosts 100 --ports 4 \
	--rate 4000 --duration $((8 * scale)) >"$tmp/bench.out" 2>&1 &
bench_pid=$!
HOSTS=3900 PID=${pid_of[sdn]} phase many http://10.53.0.2:8181
kill $bench_pid 2>/dev/null || true
wait $bench_pid || true
stop sdn
expect 0 "$status" "exit status"
for i in 1 2; do
	vsctl set-controller "s$i" tcp:10.53.0.2:6653 -- set controller "s$i" max_backoff=1000
done

vsctl set bridge s2 protocols=OpenFlow14
# Over HTTPS and without topology, with the intents that were put; no file, no puts.
configure topology=false "$included" "api.intents_file=\"$tmp/intents.json\"" api.poll_s=1 \
	"api.tls={\"enabled\": true, \"certificates\": [{\"certificate\": \"$tmp/cert.pem\", \"key\": \"$tmp/key.pem\"}]}"
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
poll 20 serving || fail "the switches are not back: $("$ctl" "$tmp/sdn.sock" switches)"
phase intents https://10.53.0.2:8181
# The examples of the manual, as they stand there: a line each, with the lines that continue it.
cp "$tmp/token" "$tmp/api.token"
echo '{ "networks": [ { "name": "n", "vlan": 6 } ] }' >"$tmp/new.json"
awk '/^    \$ curl / { on = 1 } on { sub(/^    (\$ )?/, ""); print; on = /\\$/ }' docs/sdn.md >"$tmp/examples"
expect 2 "$(grep -c '^curl' "$tmp/examples")" "examples in docs/sdn.md: $(cat "$tmp/examples")"
(cd "$tmp" && CURL_CA_BUNDLE=$tmp/cert.pem within "$client" bash -e examples) >"$tmp/examples.out" || fail "$(cat "$tmp/examples" "$tmp/examples.out")"
grep -q '^{"switches":\[.*"datapath":"0000000000000001","name":"first"' "$tmp/examples.out" || fail "$(cat "$tmp/examples.out")"
grep -q '{"applied":false,"master":null,"switches":\[.*"datapath":"0000000000000001"' "$tmp/examples.out" || fail "$(cat "$tmp/examples.out")"
vsctl set bridge s2 protocols=OpenFlow10
sed -i "s#, \"intents_file\": \"[^\"]*\"##" "$tmp/sdn.json"
stop sdn
expect 0 "$status" "exit status"
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
phase no_file https://10.53.0.2:8181
stop sdn
expect 0 "$status" "exit status"
