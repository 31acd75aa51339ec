#!/usr/bin/env python3
# lines: which cache lines two workers of wadi-dns store to, or one while the other reads
# it. valgrind's lackey writes down each access of the program beside this file (see its
# head for the marks); there must be no such line, and with --shared there must be one.
#
#   lines.py PROGRAM
import collections
import concurrent.futures
import os
import re
import subprocess
import sys

LINE_BYTES = 64


def regions_of(text):
    """(start, length, what) of each line that the program printed; the smaller first."""
    found = [(int(start, 16), int(size), what)
             for start, size, what in re.findall(r"^0x([0-9a-f]+) (\d+) (.*)$", text, re.M)]
    return sorted(found, key=lambda region: region[1])


def place(address, regions):
    for start, size, what in regions:
        if start <= address < start + size:
            return f"{what} + {address - start}"
    return hex(address)


class Seen:
    """Who stored to, and who read, each line, of accesses in somebody's turn."""

    def __init__(self, marks):
        self.marks, self.worker, self.counting = marks, None, False
        self.stores = collections.defaultdict(lambda: collections.defaultdict(set))
        self.loads = collections.defaultdict(set)
        self.accesses = 0

    def mark(self, n):
        if n < 2:
            self.worker = n
        elif n == 2:
            self.worker = None
        else:
            self.counting = True

    def access(self, kind, address, size):
        if self.marks <= address < self.marks + 4:
            self.mark(address - self.marks)
        elif self.worker is not None and self.counting:
            self.accesses += 1
            for line in range(address // LINE_BYTES, (address + size - 1) // LINE_BYTES + 1):
                if kind != "L":
                    self.stores[line][self.worker].add(address)
                if kind != "S":
                    self.loads[line].add(self.worker)

    def shared(self):
        for line, by in sorted(self.stores.items()):
            if len(by) == 2:
                yield line, "both workers store to", by[0] | by[1]
            elif self.loads[line] - set(by):
                yield line, f"worker {1 - min(by)} reads what is stored by the other to", by[min(by)]


def trace(program, *options):
    """The program's accesses, and what it printed."""
    read, write = os.pipe()
    command = ["valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-fd={write}", program, *options]
    run = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.PIPE, text=True)
    os.close(write)
    accesses = []
    with subprocess.Popen(["grep", "-E", "^ [LSM] "], stdin=read, stdout=subprocess.PIPE) as grep:
        os.close(read)
        for text in grep.stdout:
            address, size = text[3:].split(b",")
            accesses.append((chr(text[1]), int(address, 16), int(size)))
    printed = run.communicate()[0]
    if run.returncode:
        sys.exit(f"lines: {program} failed with {run.returncode}")
    return accesses, printed


def examine(program, *options):
    accesses, printed = trace(program, *options)
    regions = regions_of(printed)
    seen = Seen(next(start for start, _, what in regions if what == "marks"))
    for kind, address, size in accesses:
        seen.access(kind, address, size)
    if seen.accesses < 10000:
        sys.exit(f"lines: {seen.accesses} accesses in the workers' turns are too few")
    return seen, regions


def main():
    program = sys.argv[1]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        as_it_is, faulty = pool.submit(examine, program), pool.submit(examine, program, "--shared")
    seen, regions = as_it_is.result()
    found = list(seen.shared())
    for line, what, addresses in found:
        places = ", ".join(sorted({place(address, regions) for address in addresses})[:6])
        print(f"lines: {what} the line at {line * LINE_BYTES:#x}: {places}")
    print(f"lines: {seen.accesses} accesses, {len(seen.stores)} lines stored to, "
          f"{len(found)} shared by two workers")
    seen, regions = faulty.result()
    if not any("on purpose" in place(address, regions)
               for _, _, addresses in seen.shared() for address in addresses):
        sys.exit("lines: a counter that both workers store to went unnoticed")
    sys.exit(1 if found else 0)


main()
