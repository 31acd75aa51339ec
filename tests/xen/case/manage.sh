# manage: the management endpoint, at the address of the second vif alone.
# shellcheck shell=sh
get() {
	wget -q -T 20 -O - --header "Authorization: Bearer ${2:-token-of-the-guest-pair}" "http://10.54.0.2:9100$1"
}
try 10 get /readyz || fail "/readyz: $(get /readyz 2>&1)"
expect ok "$(get /healthz | head -n 1)" "/healthz"
get /metrics >/tmp/metrics || fail "no /metrics"
grep -q '^wadi_dns_queries_total [1-9]' /tmp/metrics || fail "no query in /metrics: $(grep wadi_dns_q /tmp/metrics)"
get /status | grep -q '"zones":{"zones":' || fail "no zones in /status"
! get /metrics wrong-token-of-a-guest >/tmp/got 2>&1 || fail "a wrong token is taken"
! wget -q -T 20 -O - http://10.53.0.2:9100/healthz >/tmp/got 2>&1 || fail "it answers at the other vif, too"
