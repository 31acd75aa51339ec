# share: what of the guest's memory the appliance takes for itself. Granted pages, which
# lie in its mapping too, are part of it.
# shellcheck shell=sh
type_in "$guest" memory
try 20 said "^lab: resident" || fail "the guest does not tell"
figure "$(sed -n 's/^lab: \(resident.*\)/\1/p' "$(console "$guest")" | tr -d '\r')"
