# console: a guest without a shell is asked at its console, by words as a person types.
# shellcheck shell=sh
type_in "$guest" ports
try 20 said "^ipv4 *10.54.0.2/24" || fail "the word ports does not tell the second port's address"
type_in "$guest" status
try 20 said "^zones *1" || fail "the word status does not tell the zones"
