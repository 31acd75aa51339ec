# manage: the management endpoint, at the address of the second vif alone.
# shellcheck shell=sh
ask() {
	get 10.54.0.2 9100 "$1" "${2:-token-of-the-guest-pair}"
}
try 10 ask /readyz || fail "/readyz: $(ask /readyz 2>&1)"
expect ok "$(ask /healthz | head -n 1)" "/healthz"
ask /metrics >/tmp/metrics || fail "no /metrics"
grep -q '^wadi_dns_queries_total [1-9]' /tmp/metrics || fail "no query in /metrics: $(grep wadi_dns_q /tmp/metrics)"
ask /status | grep -q '"zones":{"zones":' || fail "no zones in /status"
! ask /metrics wrong-token-of-a-guest >/tmp/got 2>&1 || fail "a wrong token is taken"
! get 10.53.0.2 9100 /healthz >/tmp/got 2>&1 || fail "it answers at the other vif, too"
