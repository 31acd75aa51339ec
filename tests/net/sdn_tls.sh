#!/bin/bash
# wadi-sdn and Open vSwitch over TLS with client certificates: a switch is served, hosts reach each other;
# switches without a certificate, with one of another authority, with one that has expired, without
# TLS, and with the certificate of another datapath are refused by name; a reload takes another certificate.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ovs.sh"

sdn=$(program wadi-sdn)
[ -n "$sdn" ] || skip "$build holds no wadi-sdn"
hosts=(wadi-h1-$$ wadi-h2-$$)
netns "$server" "$client" "${hosts[@]}"

# authority NAME: NAME.pem and NAME.key, as "ovs-pki init" makes them.
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
		-keyout "$tmp/$1.key" -out "$tmp/$1.pem" 2>/dev/null
}
# certificate FILE NAME AUTHORITY [COMMAND...]: as "ovs-pki req+sign"; the command makes the time.
certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" \
		-keyout "$tmp/$1.key" -out "$tmp/$1.csr" 2>/dev/null
	"${@:4}" openssl x509 -req -in "$tmp/$1.csr" -CA "$tmp/$3.pem" -CAkey "$tmp/$3.key" -CAcreateserial \
		-days 2 -out "$tmp/$1.pem" 2>/dev/null
}
authority switches
authority strangers
authority controllers
certificate live controller controllers
certificate next another-controller controllers
certificate s1 0000000000000001 switches
certificate stranger 0000000000000001 strangers
certificate expired 0000000000000001 switches faketime "2020-01-01"

veth "$server" w0 "$client" c0
cat >"$tmp/sdn.json" <<-END
	{ "ports": [ { "name": "net0", "device": "af_packet:w0", "ipv4": "10.53.0.2/24" } ],
	  "control": { "socket": "$tmp/sdn.sock" },
	  "sdn": { "topology": false, "tls": { "enabled": true, "datapath_names": true, "client_ca": "$tmp/switches.pem",
	    "certificates": [ { "certificate": "$tmp/live.pem", "key": "$tmp/live.key" } ] } } }
END
"$sdn" check -c "$tmp/sdn.json" --set sdn.tls.client_ca= >"$tmp/check.log" 2>&1 && fail "names without an authority are taken"
grep -q 'sdn.tls.datapath_names.*needs sdn.tls.client_ca' "$tmp/check.log" || fail "$(cat "$tmp/check.log")"
start sdn "$server" "$sdn" serve -c "$tmp/sdn.json"
ready sdn
grep -q "connect to TCP port 6653 by TLS" "$tmp/sdn.log" || fail "$(cat "$tmp/sdn.log")"

ovs_start
vsctl set-ssl "$tmp/s1.key" "$tmp/s1.pem" "$tmp/controllers.pem"

ovs_controllers=(ssl:10.53.0.2:6653)
for i in 1 2; do
	ovs_host "${hosts[i - 1]}" "h$i" "10.9.0.$i/24"
done
ovs_bridge s1 0000000000000001 13 h1 h2
serving() {
	"$ctl" "$tmp/sdn.sock" switches --json | tr -d ' \n' | has_line '"transport":"tls","state":"serving"'
}
reaches() {
	within "${hosts[0]}" ping -q -c 2 -i 0.05 -W $((2 * scale)) 10.9.0.2 >"$tmp/ping.log" || fail "$1: $(tail -n 2 "$tmp/ping.log")"
}
poll 20 serving || fail "the switch is not served: $("$ctl" "$tmp/sdn.sock" events)"
reaches "over TLS"

# said KIND PATTERN: an event.
said() {
	"$ctl" "$tmp/sdn.sock" events --json | python3 -c "
import json, re, sys
sys.exit(not any(e['event'] == '$1' and re.search('$2', e['text']) for e in json.load(sys.stdin)['events']))"
}
# refuses KIND PATTERN [OPTION...]: what a client with these options of OpenSSL's is told to be.
refuses() {
	within "$client" timeout $((10 * scale)) openssl s_client -connect 10.53.0.2:6653 "${@:3}" >"$tmp/s_client.log" 2>&1 </dev/null || true
	poll 5 said "$1" "$2" || fail "no event $1, $2: $("$ctl" "$tmp/sdn.sock" events)"
}
for version in -tls1_2 -tls1_3; do
	refuses tls "no certificate, or one that is not accepted" $version
	refuses tls "unable to get local issuer certificate" $version -cert "$tmp/stranger.pem" -key "$tmp/stranger.key"
	refuses tls "certificate has expired" $version -cert "$tmp/expired.pem" -key "$tmp/expired.key"
done
printf '\4\0\0\10\0\0\0\1' | within "$client" nc -q 1 -w 2 10.53.0.2 6653 >/dev/null 2>&1 || true
poll 5 said tls "what came is not TLS" || fail "$("$ctl" "$tmp/sdn.sock" events)"
# A second switch with the certificate of the first.
ovs_bridge s2 0000000000000002 13
poll 10 said tls_name "switch 0000000000000002" || fail "$("$ctl" "$tmp/sdn.sock" events)"
vsctl del-br s2

# Another certificate: new connections get it, the old one stays.
subject() {
	within "$client" openssl s_client -connect 10.53.0.2:6653 -cert "$tmp/s1.pem" -key "$tmp/s1.key" </dev/null 2>/dev/null |
		grep -q "subject=CN = $1"
}
subject controller || fail "the certificate is not the controller's"
cp "$tmp/next.pem" "$tmp/live.pem"
! "$ctl" "$tmp/sdn.sock" reload >"$tmp/reload.log" 2>&1 || fail "a key of another certificate is taken"
grep -q "the key is not that of the certificate" "$tmp/reload.log" || fail "$(cat "$tmp/reload.log")"
cp "$tmp/next.key" "$tmp/live.key"
"$ctl" "$tmp/sdn.sock" reload >"$tmp/reload.log" 2>&1 || fail "$(cat "$tmp/reload.log")"
subject another-controller || fail "a reload does not change the certificate"
serving || fail "the switch is gone: $("$ctl" "$tmp/sdn.sock" events)"
reaches "after a reload"
"$ctl" "$tmp/sdn.sock" health | has_line "sdn.tls .*expires" || fail "$("$ctl" "$tmp/sdn.sock" health)"
stop sdn
expect 0 "$status" "exit status"
