# xenstore: address and zone are those that the store gave, not the image's.
# shellcheck shell=sh
expect 192.0.2.99 "$(ask 10.53.0.7 www.example.org A)" "www.example.org of the store's zone"
! ping -c 1 -W 1 $v4 >/dev/null || fail "the image's own address answers"
