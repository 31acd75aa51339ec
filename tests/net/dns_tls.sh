#!/bin/bash
# DNS over TLS with real clients: kdig, which verifies the certificate, dnsperf, and OpenSSL's; versions,
# resumption, what is refused, and other certificates at a reload under load.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
from=$client
tests/unit/tls/certificates.sh "$tmp/tls" || fail "the certificates cannot be made"

# s_client OPTION...: OpenSSL's client; what it says is in $tmp/s_client.log.
s_client() {
	within "$from" timeout $((20 * scale)) openssl s_client -connect 10.53.0.2:853 -CAfile "$tmp/tls/root.pem" \
		-servername a.example "$@" </dev/null >"$tmp/s_client.log" 2>&1
}

# said PATTERN WHAT
said() {
	grep -q -- "$1" "$tmp/s_client.log" || fail "$2: $(cat "$tmp/s_client.log")"
}

# ask_tls HOSTNAME [kdig's arguments]
ask_tls() {
	within "$from" kdig @10.53.0.2 +tls +tls-ca="$tmp/tls/root.pem" +tls-hostname="$1" "${@:2}" \
		>"$tmp/kdig.log" 2>&1
}

conf dns af_packet:w0
cp "$tmp/tls/a.chain.pem" "$tmp/tls/live.chain.pem"
cp "$tmp/tls/a.key.pem" "$tmp/tls/live.key.pem"
serve dns "$server" --set dns.tls.enabled=true \
	--set "dns.tls.certificates=[{\"certificate\":\"$tmp/tls/live.chain.pem\",\"key\":\"$tmp/tls/live.key.pem\",\"ocsp\":\"\"}]"

# What a start would refuse.
if "$dns" check -c "$tmp/dns.json" --set dns.tls.enabled=true --set "dns.tls.certificates=[{\"certificate\":\"$tmp/tls/a.chain.pem\",\"key\":\"$tmp/tls/b.key.pem\"}]" >"$tmp/check.log" 2>&1; then
	fail "check: $(cat "$tmp/check.log")"
fi
grep -q "^$tmp/tls/b.key.pem: the key is not that of the certificate in $tmp/tls/a.chain.pem" "$tmp/check.log" ||
	fail "check: $(cat "$tmp/check.log")"

ask_tls a.example +keepopen +padding www.example.org A absent.example.org A || fail "kdig: $(cat "$tmp/kdig.log")"
expect 2 "$(grep -c 'status: ' "$tmp/kdig.log")" "replies to kdig +tls"
grep -q 'PADDING' "$tmp/kdig.log" || fail "no padding in $(cat "$tmp/kdig.log")"
grep -q '468 B' "$tmp/kdig.log" || fail "not 468 bytes: $(cat "$tmp/kdig.log")"
! ask_tls other.example www.example.org A || fail "kdig accepts another name: $(cat "$tmp/kdig.log")"

s_client -tls1_3 -alpn dot && said 'Protocol *: TLSv1.3\|New, TLSv1.3' "TLS 1.3"
said 'ALPN protocol: dot' "ALPN"
said 'Verify return code: 0' "verification"
s_client -tls1_2 -sess_out "$tmp/session" || fail "TLS 1.2: $(cat "$tmp/s_client.log")"
s_client -tls1_2 -sess_in "$tmp/session" || fail "resumption: $(cat "$tmp/s_client.log")"
said '^Reused, TLSv1.2' "resumption"
! s_client -tls1_1 -cipher 'ALL:@SECLEVEL=0' || fail "TLS 1.1 is accepted"
! s_client -alpn h2 || fail "another protocol is accepted"
said 'no application protocol' "wrong ALPN"

printf 'www.example.org A\nbig.example.org TXT\nabsent.example.org A\n' >"$tmp/queries"
within "$from" dnsperf -s 10.53.0.2 -m dot -p 853 -d "$tmp/queries" -c 20 -q 200 -t 30 -n 100000 >"$tmp/dnsperf.log" 2>&1 &
load=$!
sleep 1
cp "$tmp/tls/b.chain.pem" "$tmp/tls/live.chain.pem"
! "$ctl" "$tmp/dns.sock" reload >"$tmp/reload.log" 2>&1 || fail "a key of another certificate is taken: $(cat "$tmp/reload.log")"
grep -q 'live.key.pem: the key is not that of the certificate' "$tmp/reload.log" || fail "$(cat "$tmp/reload.log")"
ask_tls a.example www.example.org A || fail "after a reload that failed: $(cat "$tmp/kdig.log")"
cp "$tmp/tls/b.key.pem" "$tmp/tls/live.key.pem"
"$ctl" "$tmp/dns.sock" reload >"$tmp/reload.log" 2>&1 || fail "reload: $(cat "$tmp/reload.log")"
ask_tls x.b.example www.example.org A || fail "the new certificate: $(cat "$tmp/kdig.log")"
kill -0 "$load" 2>/dev/null || fail "the load ended before the reload"
wait "$load" || fail "dnsperf: $(cat "$tmp/dnsperf.log")"
grep -q 'Queries lost: *0 ' "$tmp/dnsperf.log" || fail "dnsperf: $(cat "$tmp/dnsperf.log")"
"$ctl" "$tmp/dns.sock" stats | grep -q '^TLS over IPv4 *[1-9]' || fail "stats lacks what was answered over TLS"
expect 1 "$("$ctl" "$tmp/dns.sock" stats --json | python3 -c "
import json, sys
print([r['count'] for r in json.load(sys.stdin)['dns_tls_failed'] if r['reason'] == 'alpn'][0])")" "handshakes that failed by ALPN"
stop dns
expect 0 "$status" "exit status"
