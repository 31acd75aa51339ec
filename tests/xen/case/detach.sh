# detach: an interface is taken away and another is put in its place, while the other one
# goes on.
# shellcheck shell=sh
mac=$(xenstore-read "/local/domain/$(domid)/device/vif/0/mac")
xl network-detach "$guest" 0 || fail "xl network-detach fails"
! answer $v4 || fail "an interface that was taken away answers"
stream 10.54.0.2 200
xl network-attach "$guest" devid=0 "mac=$mac" bridge=xenbr0 || fail "xl network-attach fails"
answers $v4
stream $v4 2000
stream 10.54.0.2 200
