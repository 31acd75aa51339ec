#!/usr/bin/env python3
# load_test: what the load generator of tests/xen counts, against a server on the
# loopback that does each thing wrong that it is there to find.
import re
import socket
import subprocess
import sys
import threading

LOAD = sys.argv[1]
QUERIES = 200


def sound(query):
    return [query[:2] + b"\x84\x00" + query[4:]]


def other_id(query):
    return [bytes([query[0] ^ 0x80]) + sound(query)[0][1:]]


def other_question(query):
    return [sound(query)[0].replace(b"example", b"elsewhe")]


def third(act):
    """Does it for each third query, answers the others soundly."""
    return lambda query: act(query) if query[1] % 3 == 0 else sound(query)


# What the server does with a query, and the counts that are then expected of 200.
CASES = {
    "sound": (sound, (200, 0, 0, 0)),
    "lost": (third(lambda query: []), (133, 67, 0, 0)),
    "twice": (third(lambda query: sound(query) * 2), (200, 0, 67, 0)),
    "rcode": (third(lambda query: [query[:2] + b"\x84\x02" + query[4:]]), (133, 0, 0, 67)),
    "question": (third(other_question), (133, 0, 0, 67)),
    "short": (third(lambda query: [query[:2] + b"\x84\x00"]), (133, 67, 0, 67)),
    "an id that is not outstanding": (third(other_id), (133, 67, 67, 0)),
    "no reply": (third(lambda query: [query]), (133, 67, 0, 67)),
}


def serve(server, act):
    try:
        while True:
            query, peer = server.recvfrom(4096)
            for reply in act(query):
                server.sendto(reply, peer)
    except OSError:
        pass


def counts_once(family, address, act, silence):
    server = socket.socket(family, socket.SOCK_DGRAM)
    server.bind((address, 0))
    threading.Thread(target=serve, args=(server, act), daemon=True).start()
    done = subprocess.run([LOAD, "-w", "16", "-s", silence, "-n", "10", "-p", str(server.getsockname()[1]),
                           address, str(QUERIES), "n%d.example", "www.example/28/0"],
                          text=True, capture_output=True, timeout=60)
    server.close()
    found = re.match(r"sent (\d+) received (\d+) lost (\d+) duplicates (\d+) wrong (\d+) in", done.stdout)
    assert found, done.stdout + done.stderr
    sent, *rest = map(int, found.groups())
    assert sent == QUERIES, done.stdout
    assert (done.returncode == 0) == (rest == [QUERIES, 0, 0, 0]), done.returncode
    return tuple(rest)


def counts(family, address, act, wanted):
    """Where a busy machine made the server late, with more time: what is slow is no loss."""
    got = counts_once(family, address, act, "0.3")
    return got if got == wanted else counts_once(family, address, act, "3")


def main():
    for name, (act, wanted) in CASES.items():
        got = counts(socket.AF_INET, "127.0.0.1", act, wanted)
        assert got == wanted, f"{name}: received, lost, duplicates, wrong should be {wanted}, are {got}"
    wanted = (QUERIES, 0, 0, 0)
    assert counts(socket.AF_INET6, "::1", sound, wanted) == wanted
    for words in [], ["10.0.0.1", "5"], ["nowhere", "5", "www.example"], ["-w", "0", "127.0.0.1", "5", "a"]:
        assert subprocess.run([LOAD, *words], capture_output=True).returncode == 2, words


main()
