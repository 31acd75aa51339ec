#!/usr/bin/env python3
# conformance: keeps docs/http-conformance.md, the table of RFC clauses and of the rows of unit tests that show
# them, as the rows' own names have it: {"6.2: a length", ...}. A table that differs is an error; --write
# makes it.
import argparse
import re
import sys
from pathlib import Path

UNIT = Path(__file__).resolve().parents[1]
TABLE = UNIT.parents[1] / "docs" / "http-conformance.md"
# Of a number without an RFC in front.
TESTS = {"http/http_request_test.c": 9112, "http/http_chunk_test.c": 9112, "http/http_response_test.c": 9112,
         "http/http_precondition_test.c": 9110, "http2/frames_test.c": 9113, "ws/ws_frames_test.c": 6455,
         "ws/ws_handshake_test.c": 6455}
NAME = re.compile(r'\{\s*"((?:RFC )?\d(?:[^"\\]|\\.)*)"')
CLAUSE = re.compile(r"(?:RFC (?P<rfc>\d{4}) )?(?P<ours>RFC )?(?P<section>\d+(?:\.\d+)*):? (?P<sentence>.+)")
TITLES = {6455: "The WebSocket Protocol", 9110: "HTTP Semantics", 9112: "HTTP/1.1", 9113: "HTTP/2"}

# Clauses whose rows have no names of their own: requests and what comes of them, or calls in order.
WHOLE = {
    6455: [("4.1, 4.2", "ws/ws_handshake_test.c", "what a client's handshake has to have, and what it is answered"),
           ("5.4 to 5.5", "ws/ws_conn_test.c", "control frames between fragments, pings that are not answered in time, both ends' closes"),
           ("5.1", "ws/ws_frames_test.c", "a frame without a mask ends the connection")],
    9110: [("5.6.7", "http/http_date_test.c", "the three forms of dates, and what is none"),
           ("7.2, 7.4", "http/http_conn_test.c", "a request is answered by the host that it names, or not at all"),
           ("8.6, 9.3.2", "http/http_answer_test.c", "what length an answer has, and an answer to HEAD; none in 204 and 304"),
           ("9.3.7, 15.5.6", "../net/tutorial_web.sh", "what is allowed, for OPTIONS and with 405"),
           ("11.6", "../net/manage.sh", "401 with its challenge, and credentials"),
           ("12.5.3", "http/http_coding_test.c", "which coding is chosen of those that are stored, by weights"),
           ("14.1 to 14.4", "http/http_range_test.c", "single and several ranges, which count, and what is beyond"),
           ("15.4.2", "../net/web.sh", "a directory's place has a slash at its end")],
    9112: [("2.2, 9.3", "http/http_conn_test.c", "blank lines, pipelines, each cut in two at every byte and byte by byte"),
           ("3.2", "http/http_path_test.c", "paths: dots, octets that are encoded, and what has no file"),
           ("4, 6.3", "http/http_call_test.c", "a client's responses: their lengths, interim ones, and those without a request"),
           ("6, 7.1", "http/http_answer_test.c", "how an answer is framed for a client of each version"),
           ("9.3, 9.6", "http/http_conn_test.c", "when a connection is kept, and who ends it"),
           ("9.5", "http/http_slow_test.c", "the time-out of each kind of slow client")],
    9113: [("3.4, 5.1, 6.8", "http2/conn_test.c", "preface, streams, GOAWAY of both ends"),
           ("5.2, 6.9", "http2/answer_test.c", "windows of streams and of the connection hold content back"),
           ("6.10, 10.5", "http2/watch_test.c", "frames' heads and their continuations, cut at every byte"),
           ("8.2, 8.3", "http2/request_test.c", "fields and pseudo-header fields, made into a request"),
           ("9.1", "http2/slow_test.c", "the time-out of each kind of slow client"),
           ("10.5", "http2/flood_test.c", "floods of each kind of frame, beside clients that are served")],
}

HEAD = """# HTTP and its RFCs

What wadi's HTTP does, clause by clause, each with the row of a unit test in `tests/unit` that shows it: bytes that a peer sends, and
what comes of them. Rows of HTTP/1.1 and of WebSocket are also given cut in two at every byte, and byte by byte. This page is made of
the rows' names by `tests/unit/http/conformance.py --write`, and a test compares them.

With clients that are not ours: `tests/net/web.sh`, `web_http2.sh`, `web_socket.sh`, `web_slow.sh`, `http_origin.sh`; with bytes of
attackers: `web_hostile.py` and `http2_attack.py`.

## What is not there

| clause | instead |
|---|---|
| RFC 9110 7.6, 9.3.6, 10.1.4: proxies, CONNECT, TE | this is an origin server: CONNECT is answered 501, fields of hops count for nothing |
| RFC 9110 7.8, 8.1 to 8.5: Upgrade to TLS or HTTP/2, languages, types that a client prefers | of Upgrade there is WebSocket alone; of negotiation, content codings |
| RFC 9110 9.3.8: TRACE | 405, as any method that a resource does not have: it would return credentials |
| RFC 9110 14.3: ranges of units other than bytes; 14.5 partial PUT | the whole is sent; PUT is the handler's |
| RFC 9110 6.5: trailers | read, checked and dropped; none are sent |
| RFC 9112 7: transfer codings other than chunked | 501, and the connection ends |
| RFC 9112 2.2, 3, 5.2: LF alone, white space of other kinds, folded fields, which a server may take | 400, and the connection ends: servers that differ can be played off against each other |
| RFC 9113 8.4, 5.3: server push, priorities | not used, which SETTINGS say |
| RFC 6455 9, RFC 7692: extensions, compression | none is agreed on |
"""


def section_key(section):
    return [int(part) for part in re.findall(r"\d+", section)]


def clauses(test, rfc):
    """(RFC, section, sentence) of a test's rows; an Autobahn case is (0, number, sentence)."""
    for name in NAME.findall((UNIT / test).read_text()):
        match = CLAUSE.fullmatch(name.replace('\\"', '"'))
        if not match:
            continue
        number = int(match["rfc"] or rfc)
        if rfc == 6455 and not match["ours"] and not match["rfc"]:
            number = 0
        yield number, match["section"], match["sentence"]


def page():
    rows = {rfc: [(section_key(section), section, sentence, test) for section, test, sentence in of]
            for rfc, of in WHOLE.items()}
    for test, rfc in TESTS.items():
        found = list(clauses(test, rfc))
        assert found, f"{test} has no rows with clauses"
        for number, section, sentence in found:
            rows.setdefault(number, []).append((section_key(section), section, sentence, test))
    autobahn = rows.pop(0, [])
    text = HEAD
    for rfc in sorted(rows):
        title = f"RFC {rfc}" + (f": {TITLES[rfc]}" if rfc in TITLES else "")
        text += f"\n## {title}\n\n| section | what is shown | test |\n|---|---|---|\n"
        text += "".join(f"| {section} | {cell(sentence)} | {cell(test)} |\n" for _, section, sentence, test in sorted(rows[rfc]))
    text += "\n## Cases of the Autobahn test suite\n\nBy their numbers there, played against the engine of WebSocket.\n\n| case | what is shown |\n|---|---|\n"
    return text + "".join(f"| {number} | {cell(sentence)} |\n" for _, number, sentence, _ in sorted(autobahn))


def cell(text):
    return text.replace("|", "\\|").replace("../net/", "tests/net/")


def main():
    made = argparse.ArgumentParser(description="Compares docs/http-conformance.md to the unit tests.")
    made.add_argument("--write", action="store_true", help="makes the page")
    options = made.parse_args()
    for of in WHOLE.values():
        for _, test, _ in of:
            if not (UNIT / test).exists():
                sys.exit(f"{test} does not exist")
    text = page()
    if options.write:
        TABLE.write_text(text)
    elif not TABLE.exists() or TABLE.read_text() != text:
        sys.exit(f"{TABLE}: it differs from the tests; {Path(__file__).name} --write makes it")


main()
