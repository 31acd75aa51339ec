# reason: the last that a guest says is why it ends.
# shellcheck shell=sh
said "wadi.set=workers=none: workers: must be" || fail "the console does not name the key that is wrong"
said "powering off for the reason above" || fail "the console does not tell that the guest ends"
