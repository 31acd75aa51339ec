#!/usr/bin/env python3
# pace: how many times longer than on an idle machine of 2026 the same work takes here and
# now. Prints that number, at least 1. tools/test sets the limits of tests by it.
import multiprocessing
import os
import time

# Seconds for the work below, one process on each core, on an idle machine (AMD EPYC, 3.3 GHz).
IDLE_S = 1.0


def work(_):
    table = {}
    for i in range(6_000_000):
        table[i & 4095] = table.get(i * 7 & 4095, 0) + i


def main():
    begin = time.monotonic()
    with multiprocessing.Pool(os.cpu_count()) as pool:
        pool.map(work, range(os.cpu_count()), 1)
    print(f"{max(1, (time.monotonic() - begin) / IDLE_S):.1f}")


main()
