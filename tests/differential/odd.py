# odd: queries that no resolver should send, and what all servers say to them. One
# row for each: which servers differ from us and why. Neighbour: compare.py.
import struct
from dataclasses import dataclass

from message import RCODES, Malformed, Message, opt_record, query, wire_name

NAME = wire_name([b"www", b"odd", b"test"])
APEX = wire_name([b"odd", b"test"])
ZONE = """odd.test. 300 IN SOA ns.odd.test. host.odd.test. 1 3600 900 604800 60
odd.test. 300 IN NS ns.odd.test.
ns.odd.test. 300 IN A 192.0.2.1
www.odd.test. 300 IN A 192.0.2.2
"""


# Queries that we answer alike, as text_of() puts it, and the servers that do not. newer: those
# that do not in a newer version than Debian 12's (NSD 4.6, BIND 9.18, Knot 3.2, PowerDNS 4.7).
@dataclass
class Group:
    ours: str
    differ: str
    why: str
    queries: dict
    newer: str = ""


def header(flags=0, qd=1, an=0, ns=0, ar=0):
    return struct.pack("!6H", 0, flags, qd, an, ns, ar)


def question(name=NAME, qtype=1, qclass=1):
    return name + struct.pack("!HH", qtype, qclass)


def record(owner, rtype, rclass, ttl, rdata):
    return owner + struct.pack("!HHIH", rtype, rclass, ttl, len(rdata)) + rdata


def option(code, data=b""):
    return struct.pack("!HH", code, len(data)) + data


def asks(**opt):
    return query(NAME, 1, opt=opt_record(**opt))


# A reply in a few words: what a resolver reacts to.
def text_of(raw):
    if raw is None:
        return "silence"
    try:
        reply = Message(raw)
    except Malformed:
        return "malformed"
    words = [RCODES.get(reply.rcode, str(reply.rcode))]
    words += [word for bit, word in ((0x400, "aa"), (0x200, "tc"), (0x80, "ra"), (0x40, "z"), (0x20, "ad")) if reply.flags & bit]
    if reply.flags >> 11 & 15:
        words.append("opcode%d" % (reply.flags >> 11 & 15))
    words.append("%d/%d/%d/%d" % (reply.counts[0], *map(len, reply.sections)))
    if reply.opt:
        words.append("edns%d" % (reply.opt[2] >> 16 & 255) + "".join("+%d" % code for code, _ in reply.options() if code != 15))
    return " ".join(words)


TSIG = record(wire_name([b"key"]), 250, 255, 0, wire_name([b"hmac-sha256"]) + bytes(6) + struct.pack("!HH", 300, 32) + bytes(32)
              + bytes(6))
SIG0 = record(b"\0", 24, 255, 0, struct.pack("!HBBIIIH", 0, 13, 0, 0, 2 ** 31, 0, 1) + b"\0" + bytes(64))
A_RECORD = record(NAME, 1, 1, 60, b"\xc0\0\2\1")

def opcode(code):
    return query(NAME, 1, flags=code << 11)


GROUPS = [
    Group("NOERROR aa 1/1/0/0", "", "bits of the header that mean nothing in a query", {
        "plain": query(NAME, 1),
        "AA": query(NAME, 1, flags=0x400),
        "RA": query(NAME, 1, flags=0x80),
        "Z": query(NAME, 1, flags=0x40),
    }),
    Group("silence", "", "a reply could start a loop, or has no id (RFC 1035 section 7.3)", {
        "eleven bytes": header()[:11],
        "a response": query(NAME, 1, flags=0x8000),
    }),
    Group("REFUSED 1/0/0/0", "", "not our zones", {
        "the root": query(b"\0", 2),
        "a name of nobody": query(wire_name([b"example", b"com"]), 1),
        "a name of 255 bytes": header() + (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0" + b"\0\1\0\1",
    }),
    Group("REFUSED 1/0/0/0 edns0", "", "not our zones; OPT answers OPT (RFC 6891 section 6.1.1)", {
        "a name of nobody, OPT": query(wire_name([b"example", b"com"]), 1, opt=opt_record()),
    }),
    Group("NOERROR aa 1/1/0/0 edns0", "", "RFC 6891 sections 6.1.2 to 6.2.3: unknown is ignored, less than 512 is 512; "
          "RFC 7828 section 3.3.1, RFC 7830 section 4", {
              "EDNS size 0": asks(size=0),
              "unknown flags": asks(flags=0x7fff),
              "unknown option": asks(options=option(65001, b"abc")),
              "keepalive over UDP": asks(options=option(11)),
              "padding": asks(options=option(12, bytes(16))),
          }),
    Group("BADVERS 1/0/0/0 edns0", "pdns", "RFC 6891 section 6.1.3; PowerDNS says AA, too", {
        "EDNS version 1": asks(version=1),
        "EDNS version 255, DO": asks(version=255, do=True),
        "EDNS version 1, unknown option": asks(version=1, options=option(65001)),
    }),
    Group("NOERROR aa 1/1/0/0 edns0", "knot pdns", "they have an identifier without being told (RFC 5001)", {
        "NSID": asks(options=option(3)),
        "NSID with data": asks(options=option(3, b"x")),
    }),
    Group("NOERROR aa 1/1/0/0 edns0+10", "nsd knot pdns", "cookies (RFC 7873); the others have to be told", {
        "client cookie": asks(options=option(10, b"12345678")),
    }),
    Group("NOERROR aa 1/1/0/0 edns0+10", "nsd knot pdns", "as above; RFC 7873 section 5.2.3 lets BIND 9.20 say BADCOOKIE", {
        "cookie of nobody": asks(options=option(10, b"1" * 24)),
    }, newer="bind"),
    Group("FORMERR 1/0/0/0 edns0", "nsd knot pdns", "RFC 7873 section 5.2.2: a cookie of a length that none has; as above", {
        "cookie of 7 bytes": asks(options=option(10, b"1234567")),
        "cookie of 9 bytes": asks(options=option(10, b"123456789")),
        "cookie of 41 bytes": asks(options=option(10, b"1" * 41)),
    }),
    Group("NOERROR aa 1/1/0/0 edns0", "bind", "it knows subnets (RFC 7871)", {
        "client subnet": asks(options=option(8, b"\0\1\x18\0\xc0\0\2")),
        "client subnet of no family": asks(options=option(8, b"\0\x63\x18\0\xc0\0\2")),
    }),
    Group("NOERROR aa 1/1/0/0 edns0", "knot", "it tells when a zone expires; RFC 7314 section 2 leaves it open", {
        "expire": asks(options=option(9)),
    }),
    Group("NOERROR aa 1/1/0/0", "knot", "it refuses what follows the last record; the others and we ignore it", {
        "a byte more": query(NAME, 1) + b"\0",
        "twenty bytes more": query(NAME, 1) + b"x" * 20,
    }),
    Group("NOERROR aa 1/1/0/0 edns0", "knot", "as above", {
        "a byte behind OPT": asks() + b"\0",
    }),
    Group("NOERROR aa 1/1/0/0", "pdns", "it says nothing to a query that says TC", {
        "TC": query(NAME, 1, flags=0x200),
    }),
    Group("NOERROR aa 1/1/0/0", "nsd", "it takes additional records other than OPT and TSIG, and an rcode, for an error", {
        "rcode 5": query(NAME, 1, flags=5),
        "additional record": header(ar=1) + question() + A_RECORD,
    }),
    Group("NOERROR aa 1/1/0/0", "nsd", "as above; BIND 9.20 fails, as it has no such key (RFC 2931 section 3: a server need not check it)", {
        "SIG(0)": header(ar=1) + question() + SIG0,
    }, newer="bind"),
    Group("NOERROR aa 1/1/0/0 edns0", "nsd", "as above", {
        "additional record, OPT": header(ar=2) + question() + A_RECORD + opt_record(),
        "OPT, additional record": header(ar=2) + question() + opt_record() + A_RECORD,
    }),
    Group("FORMERR 0/0/0/0", "pdns", "RFC 9619 section 4 leaves room for other uses of no question; it says nothing", {
        "no question": header(qd=0),
    }),
    Group("FORMERR 0/0/0/0 edns0", "nsd pdns", "OPT answers OPT (RFC 6891 section 6.1.1); NSD finds nothing wrong", {
        "no question but OPT": header(qd=0, ar=1) + opt_record(),
    }),
    Group("NOERROR 0/0/0/0 edns0+10", "nsd knot pdns", "RFC 7873 section 5.4: a query for a cookie alone; they know none", {
              "no question but a cookie": header(qd=0, ar=1) + opt_record(options=option(10, b"12345678")),
          }),
    Group("FORMERR 0/0/0/0", "knot pdns", "RFC 9619 section 4, RFC 1035 section 4.1.1; they say nothing", {
        "question twice": header(qd=2) + question() * 2,
        "two questions": header(qd=2) + question() + question(APEX, 6),
        "count of two, one question": header(qd=2) + question(),
        "count without question": header(),
        "name cut short": header() + NAME[:6],
        "type cut short": header() + NAME + b"\0",
        "pointer to itself": header() + b"\xc0\x0c\0\1\0\1",
        "pointer forward": header() + b"\xc0\x12\0\1\0\1" + NAME,
        "label of type 1": header() + b"\x41a\0\0\1\0\1",
        "label of type 2": header() + b"\x81a\0\0\1\0\1",
        "a name of 256 bytes": header() + (b"\x3f" + b"a" * 63) * 3 + b"\x3e" + b"a" * 62 + b"\0" + b"\0\1\0\1",
    }),
    Group("FORMERR 0/0/0/0", "bind knot pdns", "BIND and Knot give the question back, PowerDNS overlooks it; NSD and we return "
          "the header alone of what cannot be read", {
              "OPT twice": header(ar=2) + question() + opt_record() * 2,
              "OPT with a name": header(ar=1) + question() + NAME + opt_record()[1:],
              "OPT as an answer": header(an=1) + question() + opt_record(),
              "OPT as authority": header(ns=1) + question() + opt_record(),
              "OPT longer than the message": header(ar=1) + question() + opt_record()[:-2] + b"\0\4",
              "option longer than OPT": asks(options=b"\xff\1\0\5ab"),
              "option header cut short": asks(options=b"\xff\1\0"),
              "pointer to the header": header() + b"\xc0\x00\0\1\0\1",
              "TSIG before OPT": header(ar=2) + question() + TSIG + opt_record(),
              "record as answer": header(an=1) + question() + A_RECORD,
              "record as authority": header(ns=1) + question() + A_RECORD,
              "count of an answer without one": header(an=1) + question(),
              "count of an additional without one": header(ar=1) + question(),
          }),
    *(Group("NOTIMP opcode%d 0/0/0/0" % code, "knot pdns", "Knot gives the question back, PowerDNS says nothing", {
        "opcode %d" % code: opcode(code),
    }) for code in (1, 2, 3, 6, 7, 15)),
    Group("REFUSED opcode4 0/0/0/0", "nsd bind knot pdns", "NOTIFY; they have zones that it could be about", {
        "NOTIFY": opcode(4),
    }),
    Group("NOTIMP opcode5 0/0/0/0", "bind knot pdns", "UPDATE; they know it", {
        "UPDATE": opcode(5),
    }),
    Group("REFUSED 1/0/0/0", "pdns", "PowerDNS says NOTIMP and AA", {
        "class CH": query(NAME, 1, qclass=3),
    }),
    Group("REFUSED 1/0/0/0", "nsd bind pdns", "no zones of these classes; NSD returns the header alone, BIND FORMERR or NOTIMP, "
          "PowerDNS AA", {
              **{"class %d" % code: query(NAME, 1, qclass=code) for code in (0, 2, 4, 254, 256)},
          }),
    Group("REFUSED 1/0/0/0", "nsd bind knot pdns", "class ANY: an authority has no more than its class; RFC 1035 section 6.2 "
          "lets it answer, without AA", {
              "class ANY": query(NAME, 1, qclass=255),
              "class ANY, type ANY": query(NAME, 255, qclass=255),
          }),
    Group("FORMERR 1/0/0/0", "nsd bind knot pdns", "types that are no data (RFC 6895 section 3.1); the others look for them", {
        **{"type %d" % code: query(NAME, code) for code in (0, 41, 128, 200, 249, 250)},
    }),
    Group("REFUSED 1/0/0/0", "nsd bind knot pdns", "zone transfers, which need TCP (RFC 5936 section 4.2)", {
        "AXFR": query(NAME, 252),
        "IXFR": query(NAME, 251),
        "IXFR with SOA": header(ns=1) + question(APEX, 251) + record(APEX, 6, 1, 0, b"\0\0" + bytes(20)),
    }),
    Group("NOTIMP 1/0/0/0", "nsd knot pdns", "obsolete types; BIND agrees", {
        "MAILB": query(NAME, 253),
        "MAILA": query(NAME, 254),
    }),
    Group("NOTAUTH 1/0/0/1", "nsd pdns", "RFC 8945 sections 5.2.1 and 5.3.2: unsigned TSIG with BADKEY; NSD leaves out the "
          "question, PowerDNS and Knot 3.4 the TSIG", {
              "TSIG of an unknown key": header(ar=1) + question() + TSIG,
          }, newer="knot"),
    Group("NOTAUTH 1/0/0/1 edns0", "nsd pdns", "as above", {
        "OPT, TSIG of an unknown key": header(ar=2) + question() + opt_record() + TSIG,
    }, newer="knot"),
]


# Findings as lines. A server that is said to differ has to, in some of the group.
def judge(client, names):
    queries = [(group, name, wire) for group in GROUPS for name, wire in group.queries.items()]
    replies = client.collect(client.send([wire for _, _, wire in queries]), 2)
    differed = {id(group): set() for group in GROUPS}
    for (group, query_name, wire), got in zip(queries, replies):
        texts = {name: text_of(got.get(name)) for name in names}
        others = {name for name in names if name != "wadi" and texts[name] != group.ours}
        differed[id(group)] |= others
        if texts["wadi"] != group.ours or others - set((group.differ + " " + group.newer).split()):
            yield "%s: wanted %s\n  query %s\n%s" % (query_name, group.ours, wire.hex(), "".join(
                "  %s: %s\n" % (name, texts[name]) for name in names))
    for group in GROUPS:
        for name in set(group.differ.split()) - differed[id(group)]:
            yield "%s does not differ in: %s" % (name, ", ".join(group.queries))
