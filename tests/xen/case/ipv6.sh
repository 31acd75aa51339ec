# ipv6: the same over IPv6.
# shellcheck shell=sh
expect "192.0.2.80 192.0.2.81" "$(ask $v6 www.example.org A)" "www.example.org A over IPv6"
pings ping6 $v6 20
stream $v6 2000
