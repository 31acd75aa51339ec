# shutdown: xl's request ends the appliance as SIGTERM would, and then the guest.
# shellcheck shell=sh
xl shutdown "$guest" >/dev/null || fail "xl shutdown fails"
gone || fail "the guest runs on"
said "powering off" || fail "the console does not tell that the guest ends"
! said "for the reason above" || fail "the guest ended as one that failed"
