# ping: echoes of the usual sizes.
# shellcheck shell=sh
pings ping $v4 50
pings ping $v4 50 -s 1400
