#!/bin/bash
# DNS over TLS with real clients: kdig, which verifies the certificate, dnsperf, and OpenSSL's; versions,
# resumption, what is refused, and other certificates at a reload under load; certificates by name,
# OCSP responses, clients that ask for new keys over and over, and clients with certificates.
. "$(dirname "$0")/lib.sh"

netns "$server" "$client"
veth "$server" w0 "$client" w1
from=$client
tests/unit/tls/certificates.sh "$tmp/tls" || fail "the certificates cannot be made"

# s_client_in OPTION...: OpenSSL's client, which stays as long as its input; what it says is in
# $tmp/s_client.log.
s_client_in() {
	within "$from" timeout $((20 * scale)) openssl s_client -connect 10.53.0.2:853 -CAfile "$tmp/tls/root.pem" \
		-servername a.example "$@" >"$tmp/s_client.log" 2>&1
}
s_client() {
	s_client_in "$@" </dev/null
}

# typed N LETTER WORD: what a person types N times. OpenSSL's client looks for a command at the
# beginning of each piece that it reads, and says WORD when it obeys.
typed() {
	: >"$tmp/s_client.log"
	for number in $(seq "$1"); do
		echo "$2" 2>/dev/null || break
		for _ in $(seq $((20 * scale))); do
			[ "$(grep -c "^$3" "$tmp/s_client.log")" -lt "$number" ] || break
			sleep 0.05
		done
	done
	sleep 1
}

# failed REASON: how many connections did.
failed() {
	"$ctl" "$tmp/dns.sock" stats --json | python3 -c "
import json, sys
print([r['count'] for r in json.load(sys.stdin)['dns_tls_failed'] if r['reason'] == '$1'][0])"
}

# pair CERTIFICATE KEY [OCSP]: an entry of dns.tls.certificates, of files in $tmp/tls.
pair() {
	printf '{"certificate": "%s", "key": "%s", "ocsp": "%s"}' "$tmp/tls/$1" "$tmp/tls/$2" "${3:+$tmp/tls/$3}"
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
	--set "dns.tls.certificates=[$(pair live.chain.pem live.key.pem)]"

# What a start would refuse.
if "$dns" check -c "$tmp/dns.json" --set dns.tls.enabled=true --set "dns.tls.certificates=[$(pair a.chain.pem b.key.pem)]" >"$tmp/check.log" 2>&1; then
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
"$ctl" "$tmp/dns.sock" stats | has_line '^TLS over IPv4 *[1-9]' || fail "stats lacks what was answered over TLS"
expect 1 "$(failed alpn)" "handshakes that failed by ALPN"
stop dns
expect 0 "$status" "exit status"

# The client's name chooses the certificate, which comes with its OCSP response if there is one.
two="dns.tls.certificates=[$(pair a.chain.pem a.key.pem a.good.der), $(pair b.chain.pem b.key.pem)]"
serve dns "$server" --set dns.tls.enabled=true --set "$two"
s_client -status && said 'OCSP Response Status: successful' "the OCSP response"
said 'Cert Status: good' "the OCSP response"
said '^subject=CN = a$' "the certificate of a.example"
s_client -status -servername x.b.example && said '^subject=CN = b$' "the certificate of x.b.example"
said 'OCSP response: no response sent' "the certificate without an OCSP response"
s_client -servername nobody.example && said '^subject=CN = a$' "the certificate of a name that none has"
ask_tls a.example www.example.org A || fail "a.example: $(cat "$tmp/kdig.log")"
ask_tls x.b.example www.example.org A || fail "x.b.example: $(cat "$tmp/kdig.log")"

# TLS 1.3 sends its ticket behind the handshake.
sleep 1 | s_client_in -tls1_3 -sess_out "$tmp/session" || fail "TLS 1.3: $(cat "$tmp/s_client.log")"
said '^New, TLSv1.3' "the first session"
sleep 1 | s_client_in -tls1_3 -sess_in "$tmp/session" || fail "TLS 1.3: $(cat "$tmp/s_client.log")"
said '^Reused, TLSv1.3' "resumption"

# New keys: a few are followed, many without a query are not, and a new handshake never is.
typed 5 K KEYUPDATE | s_client_in -tls1_3 || fail "5 key updates: $(cat "$tmp/s_client.log")"
expect 5 "$(grep -c '^KEYUPDATE' "$tmp/s_client.log")" "key updates"
expect 0 "$(failed limit)" "connections that failed by key updates"
! typed 30 K KEYUPDATE | s_client_in -tls1_3 || fail "30 key updates are followed: $(cat "$tmp/s_client.log")"
expect 1 "$(failed limit)" "connections that failed by key updates"
! typed 3 R RENEGOTIATING | s_client_in -tls1_2 || fail "a renegotiation is followed: $(cat "$tmp/s_client.log")"
said '^RENEGOTIATING' "renegotiation"
expect 1 "$(failed renegotiation)" "connections that failed by renegotiation"
ask_tls a.example www.example.org A || fail "after floods: $(cat "$tmp/kdig.log")"
stop dns
expect 0 "$status" "exit status"

# Clients have to show a certificate of the authority.
serve dns "$server" --set dns.tls.enabled=true --set "$two" --set dns.tls.client_ca="$tmp/tls/root.pem"
ask_tls a.example +tls-certfile="$tmp/tls/client.chain.pem" +tls-keyfile="$tmp/tls/client.key.pem" www.example.org A ||
	fail "a client with a certificate: $(cat "$tmp/kdig.log")"
grep -q 'status: NOERROR' "$tmp/kdig.log" || fail "a client with a certificate: $(cat "$tmp/kdig.log")"
expect 0 "$(failed certificate)" "clients that were refused"
! ask_tls a.example www.example.org A || fail "a client without a certificate: $(cat "$tmp/kdig.log")"
expect 1 "$(failed certificate)" "clients that were refused"
! sleep 1 | s_client_in || fail "a client without a certificate: $(cat "$tmp/s_client.log")"
said 'alert certificate required' "a client without a certificate"
! sleep 1 | s_client_in -cert "$tmp/tls/stranger.pem" -key "$tmp/tls/stranger.key.pem" ||
	fail "a client with a stranger's certificate: $(cat "$tmp/s_client.log")"
said 'alert unknown ca' "a client with a stranger's certificate"
expect 3 "$(failed certificate)" "clients that were refused"
"$ctl" "$tmp/dns.sock" health | has_line '^dns.tls *ok *the first certificate expires in 29 days' ||
	fail "health: $("$ctl" "$tmp/dns.sock" health)"
stop dns
expect 0 "$status" "exit status"
