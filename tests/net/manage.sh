#!/bin/bash
# The management endpoint of wadi-dns, on a TAP of its own: curl, promtool, a real Prometheus with the
# alert rules and the dashboard's queries, and Chromium, whose page is compared to wadi-ctl.
. "$(dirname "$0")/lib.sh"
for tool in curl promtool prometheus chromedriver; do
	command -v $tool >/dev/null || skip "there is no $tool; tools/deps test installs it"
done
python=/usr/bin/python3 # Debian's, with prometheus_client

netns "$host"
zone dns.zone
tests/unit/tls/certificates.sh "$tmp/tls" || fail "the certificates cannot be made"
token=$(openssl rand -hex 32)
echo "$token" >"$tmp/token"
chmod 600 "$tmp/token"
# configure [KEY=JSON...]: with further keys of the section.
configure() {
	local keys='"address": "10.99.0.2", "port": 9100, "token_file": "'$tmp/token'"' pair
	for pair; do keys+=", \"${pair%%=*}\": ${pair#*=}"; done
	cat >"$tmp/dns.json" <<-END
	{ "workers": 1,
	  "ports": [ { "name": "net0", "device": "tap:wadi0", "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64" },
	             { "name": "operators", "device": "tap:wadi9", "ipv4": "10.99.0.2/24", "ipv6": "fd99::2/64" } ],
	  "control": { "socket": "$tmp/dns.sock" },
	  "dns": { "zones": [ { "origin": "example.org", "file": "$tmp/dns.zone" } ], "rate_limit": { "enabled": false } },
	  "manage": { $keys } }
	END
}
# refused WHAT TEXT: the configuration has an error that says so.
refused() {
	"$dns" check -c "$tmp/dns.json" >"$tmp/check" 2>&1 && fail "$1 is accepted"
	grep -qF "$2" "$tmp/check" || fail "$1: $(cat "$tmp/check")"
}
began() {
	serve dns "$host"
	host_side "$host" wadi0
	ip -n "$host" addr add 10.99.0.1/24 dev wadi9
	ip -n "$host" addr add fd99::1/64 dev wadi9 nodad
	ip -n "$host" link set wadi9 up
}
# get PATH [curl's arguments]: content, then the status in a line.
get() {
	within "$host" curl -sS -m $((20 * scale)) -H "Authorization: Bearer ${with:-$token}" -w '%{http_code}\n' "${endpoint:-http://10.99.0.2:9100}$1" "${@:2}"
}
code() {
	get "$1" -o "$tmp/content" "${@:2}"
}

# What is not right is said before anything is opened.
configure
sed -i 's/"address": "10.99.0.2", //' "$tmp/dns.json"
refused "no address" "manage.address"
configure
sed -i 's/"token_file": "[^"]*"/"open_health": true/' "$tmp/dns.json"
refused "no token" "otherwise every host could read it"
configure
sed -i 's/10.99.0.2"/10.99.0"/' "$tmp/dns.json"
refused "a wrong address" "is not an address"
configure
sed -i 's/"address": "10.99.0.2"/"address": "10.99.0.3"/' "$tmp/dns.json"
refused "an address that no port has" 'manage.address: 10.99.0.3 is an address of none of the ports'
for port in 53 8443; do
	configure
	sed -i "s/9100/$port/" "$tmp/dns.json"
	for command in check serve; do
		! "$dns" $command -c "$tmp/dns.json" --set dns.https.enabled=true --set dns.https.plain_port=8443 --set \
			"dns.https.certificates=[{\"certificate\": \"$tmp/tls/a.chain.pem\", \"key\": \"$tmp/tls/a.key.pem\"}]" \
			>"$tmp/check" 2>&1 || fail "$command with port $port twice"
		grep -q "manage.port: TCP port $port is that of dns.* already" "$tmp/check" || fail "port $port twice: $(cat "$tmp/check")"
	done
done
configure
echo short >"$tmp/token"
"$dns" serve -c "$tmp/dns.json" >"$tmp/short" 2>&1 && fail "a short token is taken"
grep -qF "$tmp/token: a token has 16 to 128 characters, not 5" "$tmp/short" || fail "short token: $(cat "$tmp/short")"
rm "$tmp/token"
"$dns" serve -c "$tmp/dns.json" >"$tmp/short" 2>&1 && fail "no token file is taken"
grep -qF "$tmp/token: No such file" "$tmp/short" || fail "no token file: $(cat "$tmp/short")"
echo "$token" >"$tmp/token"

configure
began
for _ in 1 2 3 4 5 6 7; do ask "$host" www.example.org A >"$tmp/asked"; done
expect 200 "$(code /metrics)" "/metrics"
promtool check metrics <"$tmp/content" || fail "promtool finds faults in the metrics"
grep -q '^# EOF' "$tmp/content" && fail "Prometheus's text ends as OpenMetrics"
expect 200 "$(code /metrics -H 'Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5' -D "$tmp/head")" "OpenMetrics"
grep -qi '^content-type: application/openmetrics-text; version=1.0.0' "$tmp/head" || fail "type of OpenMetrics: $(cat "$tmp/head")"
$python -c "
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
kinds = {family.name: family.type for family in read(sys.stdin.read())}
assert kinds['wadi_latency_seconds'] == kinds['wadi_replies_by_size_bytes'] == 'histogram', kinds
assert kinds['wadi_drops'] == 'counter' and kinds['wadi_tcp_open'] == 'gauge', kinds
documented = {line.split('\`')[1] for line in open('docs/metrics.md') if line.startswith('| \`wadi_')}
assert documented >= set(kinds), f'docs/metrics.md lacks {sorted(set(kinds) - documented)}'
" <"$tmp/content" || fail "OpenMetrics is not as it should be"
grep -q '^wadi_latency_seconds_count [1-9]' "$tmp/content" || fail "no latency was measured"
grep -q '^wadi_replies_by_size_bytes_count [7-9]' "$tmp/content" || fail "no sizes were measured"

# The status is what wadi-ctl says.
for part in ports drops zones; do
	expect 200 "$(code /status/$part)" "/status/$part"
	"$ctl" "$tmp/dns.sock" $part --json >"$tmp/ctl"
	$python - "$tmp/content" "$tmp/ctl" $part <<-'END' || fail "/status/$part is not what wadi-ctl says"
	import json, sys
	ours, theirs = (json.load(open(name)) for name in sys.argv[1:3])
	if sys.argv[3] == "ports":  # pages move while packets pass
	    for row in ours["ports"] + theirs["ports"]:
	        row.pop("pages_free")
	assert ours == theirs, (ours, theirs)
	END
done
expect 200 "$(code /status)" "/status"
$python -c "
import json, sys
status = json.load(sys.stdin)
assert {'status', 'health', 'stats', 'drops', 'ports', 'tcp', 'zones'} <= set(status), set(status)
assert status['stats']['dns'][0]['queries'] >= 7
" <"$tmp/content" || fail "the status lacks something"
expect 404 "$(code /status/reload)" "a command that changes something"
expect 404 "$(code /absent)" "what is not there"
expect 405 "$(code /metrics -d x=1)" "another method"
expect 200 "$(code /healthz)" "/healthz"
expect 200 "$(code /readyz)" "/readyz"
grep -q '^ok  dns.answers  SOA' "$tmp/content" || fail "readiness without reasons: $(cat "$tmp/content")"
cp "$tmp/dns.zone" "$tmp/good.zone"
ip -n "$host" link set wadi0 down
ip -n "$host" link set wadi0 up

# Tokens: as a password, wrong, missing, too many wrong ones.
expect 200 "$(within "$host" curl -sS -o "$tmp/content" -w '%{http_code}' -u "any:$token" http://10.99.0.2:9100/)" "the token as a password"
expect 401 "$(within "$host" curl -sS -o "$tmp/content" -w '%{http_code}' http://10.99.0.2:9100/metrics)" "no token"
expect 401 "$(within "$host" curl -sS -o "$tmp/content" -w '%{http_code}' http://10.99.0.2:9100/healthz)" "health without a token"
expect "" "$(within "$host" curl -sS -m 2 http://10.53.0.2:9100/metrics 2>/dev/null)" "at another address"

# A real Prometheus.
cat >"$tmp/prometheus.yml" <<-END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [ "$root/config/grafana/alerts.yml" ]
scrape_configs:
  - job_name: wadi
    authorization: { credentials_file: "$tmp/token" }
    static_configs: [ { targets: [ "10.99.0.2:9100" ] } ]
END
promtool check rules config/grafana/alerts.yml || fail "promtool finds faults in the rules"
start prometheus "$host" prometheus --config.file="$tmp/prometheus.yml" --storage.tsdb.path="$tmp/tsdb" --web.listen-address=127.0.0.1:9090
for _ in 1 2 3 4 5; do ask "$host" www.example.org A >"$tmp/asked"; done
within "$host" $python tests/net/manage_prometheus.py $((60 * scale)) "$ctl" "$tmp/dns.sock" config/grafana || fail "Prometheus"
stop prometheus

# The page, as wide as a phone and as a desk.
for width in 390 1200; do
	within "$host" env HOME="$tmp" $python tests/net/manage_page.py "http://any:$token@10.99.0.2:9100/" $width "$ctl" "$tmp/dns.sock" "$tmp/page-$width.png" || fail "the page, $width pixels wide"
done
[ -z "${WADI_KEEP_PAGE:-}" ] || cp "$tmp"/page-*.png "$WADI_KEEP_PAGE"

# Eleven wrong ones: the last is not looked at, nor is the right one then; a reload takes another token.
for _ in 1 2 3 4 5 6 7 8 9 10; do with=wrong code /metrics >"$tmp/wrong"; done
expect 429 "$(code /metrics)" "after many wrong tokens"
"$ctl" "$tmp/dns.sock" metrics | has_line '^wadi_manage_wrong_tokens_total 10$' || fail "wrong tokens are not counted"
stop dns
expect 0 "$status" "the exit status"

# Over TLS, with health open to all, and a token that a reload replaces.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=wadi -addext subjectAltName=IP:10.99.0.2 \
	-keyout "$tmp/key.pem" -out "$tmp/cert.pem" 2>"$tmp/openssl.log"
configure open_health=true "tls={\"enabled\": true, \"certificates\": [{\"certificate\": \"$tmp/cert.pem\", \"key\": \"$tmp/key.pem\"}]}"
began
endpoint=https://10.99.0.2:9100
expect 200 "$(code /metrics --cacert "$tmp/cert.pem")" "over TLS"
with=none
expect 200 "$(code /readyz --cacert "$tmp/cert.pem")" "open health"
openssl rand -hex 32 >"$tmp/token"
"$ctl" "$tmp/dns.sock" reload >"$tmp/reload" || fail "reload: $(cat "$tmp/reload")"
with=$token
expect 401 "$(code /metrics --cacert "$tmp/cert.pem")" "the token of before"
with=$(cat "$tmp/token")
expect 200 "$(code /metrics --cacert "$tmp/cert.pem")" "the new token"
stop dns
expect 0 "$status" "the exit status"

# With a client's certificate in place of the token: the right one, another authority's, none.
configure "tls={\"enabled\": true, \"client_ca\": \"$tmp/tls/root.pem\", \"certificates\": [{\"certificate\": \"$tmp/cert.pem\", \"key\": \"$tmp/key.pem\"}]}"
sed -i 's/"token_file": "[^"]*", //' "$tmp/dns.json"
began
# as NAME: the status of /metrics for a client with that certificate.
as() {
	within "$host" curl -sS -m $((20 * scale)) --cacert "$tmp/cert.pem" ${1:+--cert "$tmp/tls/$1.chain.pem" --key "$tmp/tls/$1.key.pem"} \
		-o "$tmp/content" -w '%{http_code}' https://10.99.0.2:9100/metrics 2>"$tmp/curl"
}
expect 200 "$(as client)" "a certificate of the authority"
grep -q '^wadi_manage_requests_total 1$' "$tmp/content" || fail "the metrics: $(cat "$tmp/content")"
! as stranger >"$tmp/as" || fail "another authority's certificate is taken"
grep -qi 'unknown ca' "$tmp/curl" || fail "a stranger is told: $(cat "$tmp/curl")"
! as "" >"$tmp/as" || fail "no certificate is taken"
grep -qi 'certificate required' "$tmp/curl" || fail "a client without a certificate is told: $(cat "$tmp/curl")"
expect 200 "$(as client)" "a certificate of the authority, again"
stop dns
expect 0 "$status" "the exit status"
