#!/usr/bin/env python3
# interface_test: tools/package/interface says what libwadi.a exports and which header declares
# it; this holds it against the archive and the headers. That an installed copy can be
# built upon is tests/net/install.sh's to show.
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ARCHIVE = sys.argv.pop(1)


def output(*command):
    return subprocess.run(command, text=True, check=True, capture_output=True).stdout


def interface():
    """Of each header what it declares: the symbols, and the names that are none."""
    headers = {}
    for line in (ROOT / "tools/package/interface").read_text().splitlines():
        if line.startswith("\t"):
            hidden = line[1] == "-"
            headers[header][hidden].add(line.strip("\t-"))
        elif line and line[0] != "#":
            header = line
            headers[header] = (set(), set())
    return headers


def declared(path):
    """The functions and variables that a header declares, by their symbols' names."""
    listed = output("ctags", "-o", "-", "--languages=C", "--langmap=C:+.h", "--kinds-C=px", path)
    names = {line.split("\t")[0] for line in listed.splitlines() if line[0] != "!"}
    renamed = dict(re.findall(r'(\w+)\([^;{]*\)\s*__asm__\("(\w+)"\)', Path(path).read_text()))
    return {renamed.get(name, name) for name in names}


class Interface(unittest.TestCase):
    def test_archive_exports_what_is_listed(self):
        listed = output("nm", "--defined-only", "--extern-only", "--format=posix", ARCHIVE)
        exported = [line.split()[0] for line in listed.splitlines() if " " in line]
        wanted = [name for symbols, _ in interface().values() for name in symbols]
        self.assertEqual(sorted(exported), sorted(wanted))

    def test_headers_declare_what_is_listed(self):
        for header, (symbols, hidden) in interface().items():
            with self.subTest(header):
                self.assertEqual(declared(ROOT / "src" / header), symbols | hidden)

    def test_headers_include_only_headers_that_are_installed(self):
        headers = interface()
        sources = [ROOT / "src" / name for name in headers] + [ROOT / "src/wadi/wadi.h"]
        for source in sources:
            for included in re.findall(r'^#\s*include "([^"]+)"', source.read_text(), re.M):
                self.assertTrue(included in headers, f"{source} includes {included}")

    def test_archive_needs_nothing_of_its_own(self):
        listed = output("nm", "--undefined-only", "--format=posix", ARCHIVE)
        needed = {line.split()[0] for line in listed.splitlines() if " U" in line}
        own = set().union(*(symbols | hidden for symbols, hidden in interface().values()))
        self.assertEqual(needed & own, set())


if __name__ == "__main__":
    unittest.main()
