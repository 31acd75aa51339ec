"""Bytes that have led other servers astray, for a real wadi-web: web_hostile.py ADDRESS PORT.

Each is followed by an honest request, whose answer shows where the server takes the one before to end: an attacker's
request is refused, and the connection ended before the next one is read; an odd but sound one is answered, and so is the next.
All are sent in one piece, and in small ones.
"""
import re
import socket
import sys

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
SERVED = 404  # what NEXT is answered
GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /api/digest HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\nX: "


def post(fields, content=b""):
    return POST + fields + b"\r\n" + content


# What each is answered, in order; the connection then ends. One that has SERVED at its end was followed by the next.
VECTORS = [
    # Sound.
    ("a chunk with extensions", CHUNKED + b"5;a=b;c=\"d\\\"\r\nhello\r\n" + END, [400]),
    ("chunks with an extension", CHUNKED + b"5;a=\"b\"\r\nhello\r\n" + END, [200, SERVED]),
    ("a size with zeros in front", CHUNKED + b"0005\r\nhello\r\n" + END, [200, SERVED]),
    ("a trailer that names a length", CHUNKED + b"0\r\nContent-Length: 9\r\n\r\n", [200, SERVED]),
    ("a coding in capitals", post(b"Transfer-Encoding: CHUNKED\r\n", END), [200, SERVED]),
    ("a length of nothing on GET", GET + b"Content-Length: 0\r\n\r\n", [200, SERVED]),
    ("content on GET", GET + b"Content-Length: 5\r\n\r\nhello", [200, SERVED]),
    ("a field whose name has an underscore", post(b"Content_Length: 5\r\n"), [200, SERVED]),
    ("a blank line in front", b"\r\n" + GET + b"\r\n", [200, SERVED]),
    ("a target with a host", b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", [200, SERVED]),
    ("a host of percent signs", b"GET / HTTP/1.1\r\nHost: %61\r\n\r\n", [200, SERVED]),
    ("ranges that overlap, many times over", GET + b"Range: bytes=" + b"0-,".join([b""] * 1000) + b"0-\r\n\r\n", [200, SERVED]),
    ("a list of tags", GET + b"If-None-Match: " + b'"a",' * 1500 + b'"b"\r\n\r\n', [200, SERVED]),
    ("100 fields", GET + b"A: b\r\n" * 99 + b"\r\n", [200, SERVED]),
    # Two lengths.
    ("CL.TE", post(b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", END + SMUGGLED), [400]),
    ("TE.CL", post(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"5c\r\n" + SMUGGLED), [400]),
    ("two lengths", post(b"Content-Length: 0\r\nContent-Length: 44\r\n", SMUGGLED), [400]),
    ("one length twice", post(b"Content-Length: 0\r\nContent-Length: 0\r\n"), [400]),
    ("a list of lengths", post(b"Content-Length: 0, 0\r\n"), [400]),
    *((f"a length of {value!r}", post(b"Content-Length:" + value + b"\r\n", b"hello"), [400])
      for value in (b" +5", b" -5", b" 0x5", b" 5e0", b" 5.0", b" 5,", b" 5 5", b"", b" \x0b5", b" 5\x00", b' "5"', b" \xb95")),
    ("a length beyond 64 bits", post(b"Content-Length: 18446744073709551621\r\n", b"hello"), [413]),
    ("a length as long as a line", post(b"Content-Length: " + b"0" * 9000 + b"5\r\n", b"hello"), [431]),
    # A name that is not quite the field's.
    *((f"the name {name!r}", post(name + b" chunked\r\n", END), [400])
      for name in (b"Transfer-Encoding :", b"Transfer-Encoding\t:", b" Transfer-Encoding:", b"\tTransfer-Encoding:",
                   b"Transfer-Encoding\x00:", b"Transfer Encoding:", b"\x0bTransfer-Encoding:", b"Transfer-Encoding\xa0:",
                   b"X: y\rTransfer-Encoding:", b"X: y\nTransfer-Encoding:", b"X:\n\nTransfer-Encoding:", b"\rTransfer-Encoding:",
                   b":", b"Transfer-Encoding", b"Content-Length :", b"(Transfer-Encoding):")),
    # A value that is not quite chunked.
    *((f"the coding {value!r}", post(b"Transfer-Encoding:" + value + b"\r\n", END), [status])
      for value, status in ((b" \x0bchunked", 400), (b" chunked\x00", 400), (b" chunked, identity", 400), (b" identity, chunked", 501),
                            (b" xchunked", 501), (b" chunked;a=b", 400), (b" chunked, chunked", 400), (b" ,chunked", 400),
                            (b" chunked,", 400), (b" chunked\r\nTransfer-Encoding:", 400), (b"\r\nTransfer-Encoding: chunked", 400),
                            (b" chunked\r\nTransfer-Encoding: x", 400), (b" x\r\nTransfer-Encoding: chunked", 501), (b"", 400),
                            (b' "chunked"', 501), (b" chunked\xff", 501), (b" chu\xc5\x9fnked", 501), (b"\r\n chunked", 400),
                            (b"\n chunked", 400), (b" gzip", 501), (b" identity", 501))),
    ("a coding in HTTP/1.0", CHUNKED.replace(b"1.1", b"1.0") + END, [400]),
    # Sizes and ends of chunks.
    *((f"the size {size!r}", CHUNKED + size + b"\r\nhello\r\n" + END, [400])
      for size in (b"0x5", b"+5", b"-5", b" 5", b"5 ", b"5\t", b"", b"5;", b"5;=", b"5 a", b"5\x00", b"g", b"5_0", b"5\n",
                   b"00000000000000005", b"5;a\n", b"5;a=\"\n\"", b"5;\nX", b"5\r", b"5;a\r", b"\xef\xbc\x95")),
    ("TERM.EXT", CHUNKED + b"2;\nxx\r\n10\r\n" + SMUGGLED, [400]),
    ("a size of 2^64 + 5", CHUNKED + b"10000000000000005\r\nhello\r\n" + END, [400]),
    ("a size of 2^64 - 1", CHUNKED + b"ffffffffffffffff\r\nhello\r\n" + END, [413]),
    ("data longer than its size", CHUNKED + b"3\r\nabcXX" + END + SMUGGLED, [400]),
    ("an LF behind data", CHUNKED + b"5\r\nhello\n" + END, [400]),
    ("nothing behind data", CHUNKED + b"5\r\nhello" + END, [400]),
    ("an LF for the last line", CHUNKED + b"0\r\n\n", [400]),
    ("a trailer with a bare CR", CHUNKED + b"0\r\nX: y\rZ: a\r\n\r\n", [400]),
    ("a trailer that is no field", CHUNKED + b"0\r\n" + b"GET /smuggled HTTP/1.1\r\n\r\n", [400]),
    ("extensions without an end", CHUNKED + b"1;" + b"a" * 5000, [400]),
    ("trailers without an end", CHUNKED + b"0\r\n" + b"A: b\r\n" * 101, [431]),
    # Line ends, request lines, hosts.
    ("LF alone", GET.replace(b"\r\n", b"\n") + b"\n", [400]),
    ("an LF for the blank line", GET + b"\n" + SMUGGLED, [400]),
    ("CR alone", GET[:-2] + b"\rX: y\r\n\r\n", [400]),
    ("a folded field", GET + b"X: y\r\n z\r\n\r\n", [400]),
    ("a field in front of Host that is folded", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", [400]),
    *((f"the request line {line!r}", line + b"\r\nHost: a\r\n\r\n", [status])
      for line, status in ((b"GET  / HTTP/1.1", 400), (b"GET / HTTP/1.1 ", 400), (b" GET / HTTP/1.1", 400), (b"GET\t/ HTTP/1.1", 400),
                           (b"GET / http/1.1", 400), (b"GET / HTTP/1.10", 400), (b"GET / HTTP/2.0", 505), (b"GET / HTTP/0.9", 505),
                           (b"GET /", 400), (b"GET / HTTP/1.1\x00", 400), (b"G\xc3\x84T / HTTP/1.1", 400), (b"GET /\x00 HTTP/1.1", 400),
                           (b"GET /\xc3\xa4 HTTP/1.1", 400), (b"GET /%zz HTTP/1.1", 400), (b"GET /a#b HTTP/1.1", 400),
                           (b"GET \\ HTTP/1.1", 400), (b"GET a HTTP/1.1", 400), (b"GET http://u:p@a/ HTTP/1.1", 400),
                           (b"GET * HTTP/1.1", 400), (b"GET //a/../.. HTTP/1.1 HTTP/1.1", 400), (b"A" * 40 + b" / HTTP/1.1", 501),
                           (b"GET /" + b"a" * 9000 + b" HTTP/1.1", 414))),
    *((f"the host {host!r}", b"GET / HTTP/1.1\r\n" + host + b"\r\n\r\n", [400])
      for host in (b"X: y", b"Host: a\r\nHost: a", b"Host: a\r\nHost: b", b"Host: a, b", b"Host: a b", b"Host: a/b", b"Host: u@a",
                   b"Host: a:80:80", b"Host: a:x", b"Host: a?b", b"Host: a#b", b"Host: [::1", b"Host: a\x00", b"Host: \xc3\xa4",
                   b"Host: a%zz", b"Host : a", b"Host: a:999999")),
    # Limits.
    ("a field without an end", GET + b"X: " + b"a" * 9000, [431]),
    ("101 fields", GET + b"A: b\r\n" * 100 + b"\r\n", [431]),
    ("a head of 17,000 bytes", GET + (b"A: " + b"b" * 100 + b"\r\n") * 160 + b"\r\n", [431]),
    ("blank lines without an end", b"\r\n" * 50, [400]),
    # Expectations and upgrades.
    ("another expectation", post(b"Expect: y\r\nContent-Length: 5\r\n", b"hello"), [417]),
    ("two expectations", post(b"Expect: 100-continue, y\r\nContent-Length: 5\r\n", b"hello"), [417]),
    ("content that an answer did not wait for", GET.replace(b"GET /", b"PUT /no") + b"Expect: 100-continue\r\nContent-Length: 44\r\n\r\n", [404]),
    ("HTTP/2 by Upgrade", GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", [200, SERVED]),
    ("HTTP/2's preface behind a request", GET + b"\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [200, 505]),
    ("CONNECT", b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", [501, SERVED]),
    ("TRACE", b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", [405, SERVED]),
    ("a path out of the folder", b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", [400, SERVED]),
    ("a slash in disguise", b"GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", [400, SERVED]),
    ("a zero in a path", b"GET /index.html%00.txt HTTP/1.1\r\nHost: a\r\n\r\n", [400, SERVED]),
]


def answers(data, piece):
    """The statuses of what comes until the server ends the connection."""
    sock = socket.create_connection((ADDRESS, PORT), timeout=20)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    got = b""
    try:
        for at in range(0, len(data), piece):
            sock.sendall(data[at:at + piece])
        while part := sock.recv(65536):
            got += part
    except ConnectionError:  # it has ended while more was sent
        pass
    sock.close()
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d\d\d) ", got)]


def main():
    wrong = []
    for name, data, statuses in VECTORS:
        for piece in 1 << 20, max(1, len(data) // 40):
            got = answers(data + NEXT, piece)
            # A reset may overtake an answer when the client goes on sending.
            if got != statuses and not (got == [] and SERVED not in statuses and len(data) > 1000):
                wrong.append(f"{name}: {got}, not {statuses}, in pieces of {piece}")
    print(f"{len(VECTORS)} vectors")
    sys.exit("\n".join(wrong) or 0)


main()
