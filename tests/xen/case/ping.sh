# ping: echoes of the usual sizes, to a worker that sleeps between them.
# shellcheck shell=sh
pings ping $v4 50
pings ping $v4 50 -s 1400
[ "$(sleeps)" -gt 0 ] || fail "the worker never slept"
