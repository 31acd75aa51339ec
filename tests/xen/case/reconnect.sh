# reconnect: the appliance is killed while its rings are in use, and started again.
# shellcheck shell=sh
load -t 20 $v4 1000000 ns1.example.org >/dev/null &
sleep 1
type_in "$guest" kill
try 60 said "lab: killed" || fail "the appliance was not killed"
kill $!
! answer $v4 || fail "somebody answers although the appliance is gone"
type_in "$guest" start
answers $v4
stream $v4 2000
