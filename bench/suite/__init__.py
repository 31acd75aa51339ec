# suite: whole servers side by side, on one wire, with the same zones and the same load
# (tools/bench dns). What it does is told in docs/benchmarking.md.
