#!/usr/bin/env python3
# conformance: keeps docs/tcp-conformance.md, the table of RFC clauses and of the scripts that
# show them, as the first lines of the scripts have it: "// RFC 9293 3.5: SENTENCE". A script
# without such a line, or a table that differs, is an error; --write makes the table.
import argparse
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLE = HERE.parents[1] / "docs" / "tcp-conformance.md"
CLAUSE = re.compile(r"// RFC (\d+)(?: ([^:]+))?: (.+)")

HEAD = """# TCP and its RFCs

What wadi's TCP does, clause by clause, each with the scripts in `tests/script/tcp` that show it.
They are in packetdrill's language; `build/tests/script/tcp_script FILE...` plays them against
the engine on virtual time, with IPv4 and with IPv6. This page is made of the scripts' first
lines by `tests/script/conformance.py --write`, and a test compares them.

Numbers in scripts are relative: the unit test `tcp_hostile` shows those that SYNs begin with
(RFC 6528), and `tcp_port` the ports of clients (RFC 6056).

What scripts of others make of it is in [tcp-suites.md](tcp-suites.md).
"""


def clauses(script):
    """(RFC, section, sentence) of a script's first lines."""
    found = []
    for line in script.read_text().splitlines():
        match = CLAUSE.fullmatch(line)
        if not match:
            break
        found.append((int(match[1]), match[2] or "", match[3]))
    return found


def section_key(section):
    """Orders 3.10 behind 3.9."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|[^\d.]+", section)]


def table(scripts):
    """The page's text, and what is wrong with the scripts."""
    rows, wrong = {}, []
    for script in scripts:
        found = clauses(script)
        if not found:
            wrong.append(f"{script}:1: begin with a comment such as // RFC 9293 3.5: SENTENCE")
        for rfc, section, sentence in found:
            rows.setdefault(rfc, []).append((section_key(section), section, script.relative_to(HERE / "tcp").as_posix(),
                                             sentence))
    text = HEAD + f"\n{len(scripts)} scripts show clauses of {len(rows)} RFCs.\n"
    for rfc in sorted(rows):
        text += f"\n## RFC {rfc}\n\n| section | script | what it shows |\n|---|---|---|\n"
        text += "".join(f"| {section} | {name} | {sentence} |\n" for _, section, name, sentence in sorted(rows[rfc]))
    return text, wrong


def main():
    parser = argparse.ArgumentParser(description="Checks or writes docs/tcp-conformance.md.")
    parser.add_argument("--write", action="store_true", help="write the page")
    args = parser.parse_args()
    text, wrong = table(sorted((HERE / "tcp").rglob("*.pkt")))
    for line in wrong:
        print(line)
    if args.write:
        TABLE.write_text(text)
    elif not TABLE.exists() or TABLE.read_text() != text:
        wrong.append("")
        print(f"{TABLE}: differs from the scripts: run tests/script/conformance.py --write")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
