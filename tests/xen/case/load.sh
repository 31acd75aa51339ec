# load: a stream of queries, each answered once and rightly.
# shellcheck shell=sh
stream $v4 10000 -n 1000
