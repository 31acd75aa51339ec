#!/bin/bash
# Two wadi-sdn, a real etcd and three switches of Open vSwitch, 1.0, 1.3 and 1.4: one is master, the other stands by. The
# master is killed, and frozen and thawed again, under ping: the other takes over, the one that comes back
# does not act. Without etcd the master goes on, and nobody takes its place. A third controller comes, and they take
# each other's places. One asks etcd by TLS with a certificate, and is refused without. One
# that stands by names the master to a client that puts intents.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
command -v etcd >/dev/null || skip "there is no etcd; install etcd-server"
hosts=(wadi-h1-$$ wadi-h2-$$ wadi-h3-$$)
controllers=(wadi-left-$$ wadi-right-$$ wadi-third-$$)
netns "$client" "${controllers[@]}" "${hosts[@]}"

# asked NAME KEY: what the controller says of the cluster.
asked() {
	"$ctl" "$tmp/$1.sock" cluster 2>/dev/null | awk -v key="$2" '$1 == key { print $2 }'
}
role_is() {
	[ "$(asked "$1" role)" = "$2" ]
}
# switches_are NAME STATE: all switches are, for that controller.
switches_are() {
	[ "$("$ctl" "$tmp/$1.sock" switches --json | grep -o "\"state\": *\"$2\"" | wc -l)" = 3 ]
}
said() {
	"$ctl" "$tmp/$1.sock" events --json | has_line "\"event\": *\"$2\""
}

(umask 077 && openssl rand -hex 32 >"$tmp/token")
# A master whose machine is too busy for a second would rightly lose its place: twice the default.
# Each controller has a wire of its own to the switches and etcd: left 10.53.0.2, right 10.54.0.2, third 10.55.0.2.
number=53
for name in left right third; do
	ovs_wire "wadi-$name-$$" $number
	cat >"$tmp/$name.json" <<-END
		{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.$number.0.2/24" } ],
		  "control": { "socket": "$tmp/$name.sock" },
		  "sdn": { "api": { "address": "10.$number.0.2", "port": 8181, "token_file": "$tmp/token" },
		    "cluster": { "name": "$name", "endpoints": "10.$number.0.1:2379",
		    "ttl_ms": $((2000 * scale)) } } }
	END
	((number += 1))
done
"$sdn" check -c "$tmp/left.json" --set sdn.cluster.name= >"$tmp/check.log" 2>&1 && fail "a controller without a name is taken"
grep -q 'sdn.cluster.name.*is missing' "$tmp/check.log" || fail "$(cat "$tmp/check.log")"

# One authority for etcd and the controllers, and a stranger's; by TLS right asks.
for name in authority stranger; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$name" \
		-keyout "$tmp/$name.key" -out "$tmp/$name.pem" 2>/dev/null
done
for name in etcd controller; do
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" -addext subjectAltName=DNS:$name \
		-keyout "$tmp/$name.key" -out "$tmp/$name.csr" 2>/dev/null
	openssl x509 -req -in "$tmp/$name.csr" -CA "$tmp/authority.pem" -CAkey "$tmp/authority.key" -CAcreateserial \
		-copy_extensions copy -days 2 -out "$tmp/$name.pem" 2>/dev/null
done
tls="\"enabled\": true, \"ca\": \"$tmp/authority.pem\", \"name\": \"etcd\""
own="\"certificate\": \"$tmp/controller.pem\", \"key\": \"$tmp/controller.key\""
# by_tls KEYS: that right has for it.
by_tls() {
	sed -i "s#\"cluster\": { \(\"tls\": {[^}]*}, \)\?#\"cluster\": { \"tls\": { ${1//&/\\&} }, #" "$tmp/right.json"
}
start_etcd() {
	start etcd "$client" etcd --data-dir "$tmp/etcd" --advertise-client-urls http://10.53.0.1:2379 \
		--listen-client-urls http://10.53.0.1:2379,https://10.54.0.1:2379,http://10.55.0.1:2379 \
		--cert-file "$tmp/etcd.pem" --key-file "$tmp/etcd.key" --client-cert-auth --trusted-ca-file "$tmp/authority.pem" \
		--listen-peer-urls http://127.0.0.1:2380 --logger zap --log-level error
}
controller() {
	start "$1" "wadi-$1-$$" "$sdn" serve -c "$tmp/$1.json"
	ready "$1"
}
start_etcd
controller left
poll 20 role_is left master || fail "the only controller is not master: $("$ctl" "$tmp/left.sock" events)"

# refused WHAT PATTERN: right starts and does not get to etcd, for that reason.
refused() {
	controller right
	lost_for() {
		"$ctl" "$tmp/right.sock" health | has_line "sdn.cluster.*etcd does not answer ($1"
	}
	poll 10 lost_for "$2" || fail "$1: $("$ctl" "$tmp/right.sock" health)"
	stop right
	expect 0 "$status" "exit status"
}
by_tls '"enabled": true'
"$sdn" check -c "$tmp/right.json" >"$tmp/check.log" 2>&1 && fail "TLS to etcd without an authority is taken"
grep -q 'sdn.cluster.tls.ca: is missing' "$tmp/check.log" || fail "$(cat "$tmp/check.log")"
by_tls "\"enabled\": true, \"ca\": \"$tmp/stranger.pem\""
refused "an etcd of another authority" "TLS: the peer has no certificate, or one that is not accepted"
by_tls "$tls"
refused "no certificate" "TLS: the peer sent a fatal alert"
by_tls "$tls, $own"
controller right
poll 10 role_is right standby || fail "$("$ctl" "$tmp/right.sock" cluster) $("$ctl" "$tmp/right.sock" health)"

# plan_at NUMBER: what the controller at that wire answers to intents.
plan_at() {
	within "$client" curl -sS -m $((10 * scale)) -X PUT -H "Authorization: Bearer $(cat "$tmp/token")" -H "Content-Type: application/json" \
		-d '{}' "http://10.$1.0.2:8181/api/v1/intents?dry_run=true"
}
expect '{"applied":false,"master":null,"switches":[]}' "$(plan_at 53)" "intents at the master"
expect '{"applied":false,"master":"left","switches":[]}' "$(plan_at 54)" "intents at one that stands by"

ovs_start
ovs_controllers=(tcp:10.53.0.2:6653 tcp:10.54.0.2:6653 tcp:10.55.0.2:6653)
for i in 1 2 3; do
	ovs_host "${hosts[i - 1]}" "h$i" "10.9.0.$i/24"
done
ovs_cable x1 x2
ovs_bridge s1 0000000000000001 13 h1 h2 x1
ovs_bridge s2 0000000000000002 14 h3 x2
ovs_bridge s3 0000000000000003 10
poll 20 switches_are left serving || fail "the master serves no switches: $("$ctl" "$tmp/left.sock" switches)"
poll 20 switches_are right standby || fail "the standby has no switches: $("$ctl" "$tmp/right.sock" switches)"

# obeyed ADDRESS ROLE: the controller has that role at all switches, as they say every few seconds.
obeyed() {
	[ "$(vsctl --columns=target,role find controller "role=$2" | grep -c "tcp:$1:6653")" = 3 ]
}
poll 10 obeyed 10.53.0.2 master || fail "$(vsctl list controller)"
poll 10 obeyed 10.54.0.2 slave || fail "$(vsctl list controller)"

# meet TO: a host that has no flow yet reaches another one; only a controller makes that possible.
forget() {
	within "$client" ovs-ofctl -O OpenFlow13 del-flows s1 "cookie=0x7761646900000001/-1"
	within "$client" ovs-ofctl -O OpenFlow14 del-flows s2 "cookie=0x7761646900000001/-1"
}
meet() {
	within "${hosts[0]}" ping -q -c 1 -W 1 10.9.0.2 && within "${hosts[0]}" ping -q -c 1 -W 1 10.9.0.3
}
poll 10 meet || fail "hosts do not reach each other"

# What the master knows of the network the others know, too: links, and hosts with their ports.
knows() {
	[ "$("$ctl" "$tmp/$1.sock" links | awk '$3 == "link"' | wc -l)" = 2 ] && [ "$(places "$1" | wc -l)" = 3 ]
}
# places NAME: of the hosts.
places() {
	"$ctl" "$tmp/$1.sock" hosts | awk '$1 ~ /:/ { print $1, $3, $4 }' | sort
}
all_meet() {
	meet && within "${hosts[1]}" ping -q -c 1 -W 1 10.9.0.3
}
poll 10 all_meet || fail "hosts do not reach each other"
poll 10 knows left || fail "the master does not know the network: $("$ctl" "$tmp/left.sock" hosts) $("$ctl" "$tmp/left.sock" links)"
poll 10 knows right || fail "the standby does not know what the master knows: $("$ctl" "$tmp/right.sock" hosts) $("$ctl" "$tmp/right.sock" links)"
expect "$(places left)" "$(places right)" "hosts, at the standby"

# pinging, lost NAME: ping in the background, every 20 ms; how many had no answer.
pinging() {
	within "${hosts[0]}" ping -i 0.02 -W 1 10.9.0.3 >"$tmp/$1.ping" &
	pinger=$!
	poll 5 grep -q "icmp_seq=20 " "$tmp/$1.ping" || fail "$(cat "$tmp/$1.ping")"
}
lost() {
	kill $pinger
	wait $pinger || true
	sed -n 's/.*icmp_seq=\([0-9]*\) .*/\1/p' "$tmp/$1.ping" | awk '{ last = $1 } END { print last - NR }'
}
ms() {
	echo $(($(date +%s%N) / 1000000))
}

# Killed under traffic: what flows there are go on, and the standby makes new ones.
pinging kill
begin=$(ms)
stop left KILL
poll 10 role_is right master || fail "nobody takes over: $("$ctl" "$tmp/right.sock" cluster)"
elected=$(($(ms) - begin))
poll 10 switches_are right serving || fail "$("$ctl" "$tmp/right.sock" switches)"
note "killed: another master after $elected ms, switches taken after $(($(ms) - begin)) ms, $(lost kill) pings lost (one each 20 ms)"
forget
poll 10 meet || fail "the new master makes no flows: $("$ctl" "$tmp/right.sock" events)"
generation=$(asked right generation)
rm -f "$tmp/left.sock"
controller left
poll 10 role_is left standby || fail "$("$ctl" "$tmp/left.sock" cluster)"
poll 10 switches_are left standby || fail "$("$ctl" "$tmp/left.sock" switches)"
expect "$generation" "$(asked right generation)" "the generation, after the other one came back"

# Frozen: it comes back and does not act, although nobody told it meanwhile.
pinging freeze
begin=$(ms)
kill -STOP "${pid_of[right]}"
poll 10 role_is left master || fail "nobody takes over from a frozen master: $("$ctl" "$tmp/left.sock" cluster)"
poll 10 switches_are left serving || fail "$("$ctl" "$tmp/left.sock" switches)"
note "frozen: switches taken after $(($(ms) - begin)) ms, $(lost freeze) pings lost"
poll 10 meet || fail "hosts do not reach each other beside a frozen master"
kill -CONT "${pid_of[right]}"
poll 10 role_is right standby || fail "a frozen master stays master: $("$ctl" "$tmp/right.sock" cluster)"
[ "$(asked left generation)" -gt "$generation" ] || fail "the generation did not rise"
forget
poll 10 meet || fail "hosts do not reach each other after the frozen one came back"
poll 10 obeyed 10.53.0.2 master || fail "$(vsctl list controller)"
poll 10 obeyed 10.54.0.2 slave || fail "$(vsctl list controller)"
poll 10 switches_are right standby || fail "$("$ctl" "$tmp/right.sock" switches)"

# Without etcd: the master goes on, and says so; nobody takes its place.
generation=$(asked left generation)
stop etcd KILL
poll 10 said left store_lost || fail "$("$ctl" "$tmp/left.sock" events)"
poll 10 said right store_lost || fail "$("$ctl" "$tmp/right.sock" events)"
"$ctl" "$tmp/left.sock" health | has_line "sdn.cluster.*etcd does not answer" || fail "$("$ctl" "$tmp/left.sock" health)"
forget
poll 10 meet || fail "the master does not go on without etcd"
role_is right standby || fail "a standby takes over without etcd"
start_etcd
poll 20 said left store_found || fail "$("$ctl" "$tmp/left.sock" events)"
poll 10 role_is left master || fail "$("$ctl" "$tmp/left.sock" cluster)"
role_is right standby || fail "$("$ctl" "$tmp/right.sock" cluster)"
expect "$generation" "$(asked left generation)" "the generation, after etcd came back"
# A master that is stopped gives its place up: the record has no owner, which the frozen standby cannot change.
record() {
	within "$client" curl -sS -m $((10 * scale)) http://10.53.0.1:2379/v3/kv/range -d "{\"key\": \"$(printf %s /wadi/sdn/master | base64)\"}" |
		python3 -c "import base64, json, sys; print(base64.b64decode(json.load(sys.stdin)['kvs'][0]['value']).decode())"
}
grep -q "^wadi-3 [0-9a-f]\{16\} $(printf %016x "$generation") [0-9a-f]\{16\} 0 left$" <(record) || fail "the record is $(record)"
kill -STOP "${pid_of[right]}"
stop left
expect 0 "$status" "exit status"
grep -q "^wadi-3 0000000000000000 [0-9a-f]* [0-9a-f]* 0 left$" <(record) || fail "a master that ends does not give its place up: $(record)"
kill -CONT "${pid_of[right]}"
poll 10 role_is right master || fail "nobody takes over from a master that has ended"

# A third one, whose intents are others; the one that was stopped comes back; the master is killed. One of the two takes
# its place; it is killed, and the last one does.
sed -i 's#"cluster"#"intents": { "networks": [ { "name": "other", "vlan": 7 } ] }, "cluster"#' "$tmp/third.json"
controller third
differ() {
	"$ctl" "$tmp/third.sock" health | has_line "$1"
}
poll 10 differ "the master has other intents" || fail "intents that differ: $("$ctl" "$tmp/third.sock" health)"
sed -i 's#"intents": { "networks": .* \] }, "cluster"#"cluster"#' "$tmp/third.json"
"$ctl" "$tmp/third.sock" reload >/dev/null || fail "reload"
poll 10 differ "this controller is standby" || fail "intents that are the same again: $("$ctl" "$tmp/third.sock" health)"
rm -f "$tmp/left.sock"
controller left
poll 20 switches_are left standby || fail "$("$ctl" "$tmp/left.sock" switches)"
poll 20 switches_are third standby || fail "$("$ctl" "$tmp/third.sock" switches)"
master_of_two() {
	role_is "$1" master && role_is "$2" standby && switches_are "$1" serving
}
either() {
	master_of_two left third || master_of_two third left
}
stop right KILL
poll 10 either || fail "no one of two: $("$ctl" "$tmp/left.sock" cluster) $("$ctl" "$tmp/third.sock" cluster)"
forget
poll 10 meet || fail "the first of two makes no flows"
first=left last=third
role_is left master || first=third last=left
stop $first KILL
poll 10 switches_are $last serving || fail "the last one does not take the switches: $("$ctl" "$tmp/$last.sock" switches)"
forget
poll 10 meet || fail "the last one makes no flows"
stop $last
expect 0 "$status" "exit status"
