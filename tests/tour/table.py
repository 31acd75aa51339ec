#!/usr/bin/env python3
# table: whether what was printed (standard input) suits a terminal of 80 columns: no line is
# wider, and in a table, which is lines up to an empty one with the names of its columns at the
# top, between two columns is a blank in every line.
import re
import sys

WIDTH = 80


def columns(head):
    """Start and end of each name in the first line, if that is one of a table."""
    if not re.fullmatch(r"\s*[a-z][a-z0-9_]*(\s{2,}[a-z][a-z0-9_]*)+", head):
        return []
    return [m.span() for m in re.finditer(r"\S+", head)]


def faults(block):
    names = columns(block[0])
    for (_, end), (start, _) in zip(names, names[1:]):
        if not any(all(len(line) <= at or line[at] == " " for line in block) for at in range(end, start)):
            yield f"columns run into each other before '{block[0][start:].split()[0]}'"
    for line in block:
        if len(line) > WIDTH:
            yield f"{len(line)} columns: {line}"
        if line != line.rstrip():
            yield f"blanks at the end: {line}"


text = re.sub(r"(?m)^(?=wadi-)", "\n", sys.stdin.read()) # what is said on standard error stands apart
found = [fault for block in re.split(r"\n\s*\n", text.strip("\n")) for fault in faults(block.split("\n"))]
print(*found, sep="\n", end="\n" if found else "")
sys.exit(1 if found else 0)
