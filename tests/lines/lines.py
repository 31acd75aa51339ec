#!/usr/bin/env python3
# lines: which cache lines two workers of wadi-dns store to, or one while the other reads
# it. valgrind's lackey writes down each access of the program beside this file (see its
# head for the marks); there must be no such line, but for the one in its last turns.
#
#   lines.py PROGRAM
import collections
import os
import re
import subprocess
import sys
import threading

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

    def __init__(self):
        self.marks = {}
        self.worker, self.counting = None, False
        self.accesses = self.lines = 0
        self.found, self.found_faulty = [], []
        self.faulty = False
        self.forget()

    def forget(self):
        self.stores = collections.defaultdict(lambda: collections.defaultdict(set))
        self.loads = collections.defaultdict(set)

    def learn(self, region):
        start = int(region.split()[0], 16)
        self.marks = {f" S {start + n:08x},1\n".encode(): n for n in range(5)}

    def mark(self, n):
        if n < 2:
            self.worker = n
        elif n == 2:
            self.worker = None
        else:
            # What a reload has freed may belong to the other worker afterwards.
            self.judge()
            self.counting = True
            self.faulty = n == 4

    def access(self, text):
        address, size = text[3:].split(b",")
        kind, address, size = text[1:2], int(address, 16), int(size)
        self.accesses += 1
        for line in range(address // LINE_BYTES, (address + size - 1) // LINE_BYTES + 1):
            if kind != b"L":
                self.stores[line][self.worker].add(address)
            if kind != b"S":
                self.loads[line].add(self.worker)

    def read(self, trace):
        """All of a trace, of which most is outside of turns and only passed."""
        for text in trace:
            n = self.marks.get(text)
            if n is not None:
                self.mark(n)
            elif self.counting and self.worker is not None:
                self.access(text)
        self.judge()

    def judge(self):
        (self.found_faulty if self.faulty else self.found).extend(self.shared())
        self.lines = max(self.lines, len(self.stores))
        self.forget()

    def shared(self):
        for line, by in sorted(self.stores.items()):
            if len(by) == 2:
                yield line, "both workers store to", by[0] | by[1]
            elif self.loads[line] - set(by):
                yield line, f"worker {1 - min(by)} reads what is stored by the other to", by[min(by)]


def told(run, seen):
    """What the program prints, while its trace is read: its marks before all else."""
    seen.learn(run.stdout.readline())
    return regions_of(run.stdout.read())


def examine(program):
    """The program's accesses in turns, and the regions that it printed."""
    seen, regions = Seen(), []
    read, write = os.pipe()
    command = ["valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-fd={write}", program]
    run = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.PIPE, text=True)
    os.close(write)
    with subprocess.Popen(["grep", "-E", "^ [LSM] "], stdin=read, stdout=subprocess.PIPE) as grep:
        os.close(read)
        printed = threading.Thread(target=lambda: regions.extend(told(run, seen)))
        printed.start()
        seen.read(grep.stdout)
    printed.join()
    if run.wait():
        sys.exit(f"lines: {program} failed with {run.returncode}")
    if seen.accesses < 10000:
        sys.exit(f"lines: {seen.accesses} accesses in the workers' turns are too few")
    return seen, regions


def main():
    seen, regions = examine(sys.argv[1])
    for line, what, addresses in seen.found:
        places = ", ".join(sorted({place(address, regions) for address in addresses})[:6])
        print(f"lines: {what} the line at {line * LINE_BYTES:#x}: {places}")
    print(f"lines: {seen.accesses} accesses, {seen.lines} lines stored to, "
          f"{len(seen.found)} shared by two workers")
    if not any("on purpose" in place(address, regions)
               for _, _, addresses in seen.found_faulty for address in addresses):
        sys.exit("lines: a counter that both workers store to went unnoticed")
    sys.exit(1 if seen.found else 0)


main()
