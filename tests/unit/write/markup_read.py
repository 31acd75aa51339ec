"""Has html5lib or expat read what the writers of HTML and XML made of random calls, without an
error, and compares the tree that it sees with what the calls meant.

    markup_read.py html|xml PROGRAM DOCUMENTS
"""

import json
import os
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree

URLS = {"href", "src", "action"}
EMPTY = {"checked", "disabled", "open", "defer"}
REPLACED = "\ufffd"


def is_forbidden(character):
    code = ord(character)
    return (code < 0x20 and character not in "\t\n") or 0x7F <= code < 0xA0 \
        or 0xFDD0 <= code < 0xFDF0 or code & 0xFFFE == 0xFFFE


def collapsed(text):
    """Readers differ in how many of U+FFFD stand for a sequence that is no character."""
    return re.sub(REPLACED + "+", REPLACED, text)


def text_of(data):
    text = bytes.fromhex(data).decode(errors="replace")
    return collapsed("".join(REPLACED if is_forbidden(c) else c for c in text))


def url_of(data):
    return urllib.parse.quote(bytes.fromhex(data), safe="!#$%&()*+,/:;=?@[]~-._")


def value_of(name, data, html):
    if html and name in EMPTY:
        return ""
    return url_of(data) if html and name in URLS else text_of(data)


def without_newlines(name, parts):
    """html5lib forgets within cells of tables that a first line feed is to be dropped."""
    if name in ("pre", "textarea") and parts and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip("\n")
        return parts if parts[0] else parts[1:]
    return parts


def wanted(node, html):
    """The tree as (name, attributes, content), texts that touch being one."""
    name, attributes, *content = node
    parts = []
    for part in content:
        part = text_of(part) if isinstance(part, str) else wanted(part, html)
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] = collapsed(parts[-1] + part)
        elif part != "":
            parts.append(part)
    parts = without_newlines(name, parts)
    return name, {key: value_of(key, data, html) for key, data in attributes.items()}, parts


def with_both(page):
    """A reader adds the head or the body that is missing."""
    name, attributes, parts = page
    have = {part[0]: part for part in parts}
    return name, attributes, [have.get(part, (part, {}, [])) for part in ("head", "body")]


def read(element):
    parts = [collapsed(element.text)] if element.text else []
    for child in element:
        parts.append(read(child))
        if child.tail:
            parts.append(collapsed(child.tail))
    attributes = {key: collapsed(value) for key, value in element.attrib.items()}
    return element.tag, attributes, without_newlines(element.tag, parts)


def read_html(text):
    import html5lib

    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return read(parser.parse(text))


def read_xml(text):
    return read(xml.etree.ElementTree.fromstring(text.encode()))


def names_in(node):
    yield node[0]
    for part in node[2]:
        if not isinstance(part, str):
            yield from names_in(part)


def main():
    kind, program, documents = sys.argv[1:]
    seen = {}
    # Built for another architecture, the program runs in an emulator.
    wrapper = os.environ.get("MESON_EXE_WRAPPER", "").split()
    lines = subprocess.run([*wrapper, program, kind, documents], check=True, capture_output=True).stdout
    for number, line in enumerate(lines.splitlines()):
        document = json.loads(line)
        want = wanted(document["tree"], kind == "html")
        want = with_both(want) if kind == "html" else want
        try:
            got = (read_html if kind == "html" else read_xml)(document["text"])
        except Exception as error:  # whatever the parser has to say
            sys.exit(f"document {number}: {error!r}:\n{document['text']}")
        if got != want:
            sys.exit(f"document {number}:\n{document['text']}\nis read as\n{got}\nand means\n{want}")
        for name in names_in(want):
            seen[name] = seen.get(name, 0) + 1
    if len(seen) < (53 if kind == "html" else 4):
        sys.exit(f"only {len(seen)} kinds of elements: {sorted(seen)}")
    print(f"{documents} documents, {sum(seen.values())} elements of {len(seen)} kinds")


main()
