#!/bin/bash
# certificates FOLDER [a]: makes what the tests of TLS need with OpenSSL's own command: a root, an issuer
# below it, certificates of servers and of a client, OCSP responses, and files that are wrong; with "a",
# which takes a sixth of the time, the root, the issuer and the first server's alone. The file `now`
# holds when that was, in seconds; all certificates are valid for 30 days from then.
set -euo pipefail

mkdir -p "$1"
cd "$1"
rm -f -- *.pem *.der index*
date +%s >now

# key NAME [KIND]
key() {
	case ${2:-ec} in
	ec) openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key.pem" ;;
	rsa*) openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa}" -out "$1.key.pem" ;;
	esac
}

# certify NAME ISSUER EXTENSION...: a certificate of NAME's key, signed by ISSUER.
certify() {
	local name=$1 issuer=$2 subject=("-CA" "$2.pem" "-CAkey" "$2.key.pem")
	shift 2
	[ "$name" != "$issuer" ] || subject=("-signkey" "$name.key.pem")
	openssl req -new -key "$name.key.pem" -subj "/CN=$name" -config <(printf '[req]\ndistinguished_name=d\n[d]\n') |
		openssl x509 -req "${subject[@]}" -days 30 -set_serial "0x$(openssl rand -hex 8)" \
			-extfile <(printf '%s\n' "$@") -out "$name.pem" 2>/dev/null
}

ca=('basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign' 'subjectKeyIdentifier=hash')
leaf=('basicConstraints=CA:FALSE' 'keyUsage=digitalSignature')

key root && certify root root "${ca[@]}"
key issuer && certify issuer root "${ca[@]}"
key a && certify a issuer "${leaf[@]}" subjectAltName=DNS:a.example,DNS:ns.a.example,IP:10.61.0.2
cat a.pem issuer.pem >a.chain.pem
[ "${2:-}" != a ] || exit 0
key other && certify other other "${ca[@]}"
key b rsa2048 && certify b issuer "${leaf[@]}" 'subjectAltName=DNS:*.b.example'
key slow rsa3072 && certify slow issuer "${leaf[@]}" subjectAltName=DNS:slow.example
key weak rsa1024 && certify weak issuer "${leaf[@]}" subjectAltName=DNS:weak.example
key client && certify client issuer "${leaf[@]}" extendedKeyUsage=clientAuth
key stranger && certify stranger other "${leaf[@]}" extendedKeyUsage=clientAuth
openssl pkey -in a.key.pem -aes128 -passout pass:x -out encrypted.key.pem

for name in b slow weak client; do cat "$name.pem" issuer.pem >"$name.chain.pem"; done
cat stranger.pem >stranger.chain.pem
cat a.pem other.pem >broken.chain.pem
{ cat a.pem && sed '3s/./!/' issuer.pem; } >damaged.chain.pem
echo 'no certificate' >empty.pem

# respond NAME STATUS ISSUER: an OCSP response for NAME, valid for 7 days.
respond() {
	local serial
	serial=$(openssl x509 -in "$1.pem" -noout -serial)
	printf '%s\t%s\t%s\t%s\tunknown\t/CN=%s\n' "${2:0:1}" 491231235959Z "${4:-}" "${serial#serial=}" "$1" >index
	openssl ocsp -index index -CA issuer.pem -rsigner "$3.pem" -rkey "$3.key.pem" -ndays 7 \
		-issuer issuer.pem -cert "$1.pem" -respout "$5.der" -noverify >/dev/null 2>&1
}
respond a V issuer '' a.good
respond b V issuer '' b.good
respond a R issuer 260101000000Z a.revoked
respond a V other '' a.forged
