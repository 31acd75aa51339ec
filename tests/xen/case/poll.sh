# poll: a worker that only polls its rings, and never sleeps. It leaves dom0 little of the
# one processor, so that less is asked of it.
# shellcheck shell=sh
stream $v4 2000
pings ping $v4 10
expect 0 "$(sleeps)" "times that the worker slept"
