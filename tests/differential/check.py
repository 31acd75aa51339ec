# check: the comparer itself. Pairs of made messages, and in what the comparer has to
# find us to differ: a comparer that finds nothing is the worst that could happen.
import struct

import compare
import differences
from message import TYPES, opt_record, wire_name
from question import Question
from zone import World, Zone

ORIGIN = (b"example",)
WWW = (b"www",) + ORIGIN
SERVERS = ("nsd", "bind", "knot", "pdns", "wadi")
A1, A2 = (WWW, "A", b"\1\1\1\1"), (WWW, "A", b"\2\2\2\2")
T1, T2 = (WWW, "TXT", b"\1a"), (WWW, "TXT", b"\1b")
SOA = (ORIGIN, "SOA", wire_name(ORIGIN) * 2 + bytes(20))
CUT = (b"sub",) + ORIGIN
NS = (CUT, "NS", wire_name((b"ns",) + CUT))
GLUE = ((b"ns",) + CUT, "A", b"\3\3\3\3")
ELSEWHERE = (b"other",)
ALIAS = (WWW, "CNAME", wire_name(ELSEWHERE))


def world():
    made = World.__new__(World)
    made.zones = [Zone(ORIGIN), Zone(ELSEWHERE)]
    made.signed, made.number = False, 0
    made.zones[0].reserve(CUT, "cut")
    made.zones[0].reserve(GLUE[0], "glue")
    for zone, name, addresses in ((0, GLUE[0], ["3.3.3.3"]), (0, WWW, ["1.1.1.1"]), (1, ELSEWHERE, ["4.4.4.4"])):
        made.zones[zone].sets[name, "A"] = [60, *addresses]
        made.zones[zone].types[name] = ["A"]
    return made


WORLD = world()


def reply(answer=(), authority=(), additional=(), flags=0x8400, opt=b"", ttl=60, tail=b"", question=WWW, qtype=1):
    sections = answer, authority, additional
    message = struct.pack("!6H", 0, flags, 1, len(answer), len(authority), len(additional) + bool(opt))
    message += wire_name(question) + struct.pack("!HH", qtype, 1)
    for owner, rtype, rdata in (record for section in sections for record in section):
        message += wire_name(owner) + struct.pack("!HHIH", TYPES[rtype], 1, ttl, len(rdata)) + rdata
    return message + opt + tail


GOOD = reply([A1])
NXDOMAIN = reply(authority=[SOA], flags=0x8403)
REFERRAL = reply(authority=[NS], additional=[GLUE], flags=0x8000)
CHAIN = reply([ALIAS, (ELSEWHERE, "A", b"\4\4\4\4")])

PART = "ours: some of the addresses of a name, not all (RFC 2181 section 9)"
GLUELESS = "ours: glue missing without TC (RFC 9471 section 3.1)"

# Name, what we say, what each of the others says (one for all, or four), findings.
PAIRS = [
    ("the same", GOOD, GOOD, []),
    ("the order of records", reply([T2, T1]), reply([T1, T2]), []),
    ("the case of owners", reply([((b"WWW", b"Example"),) + A1[1:]]), GOOD, []),
    ("another address", reply([A2]), GOOD, ["answer", PART]),
    ("a record less", reply([T1]), reply([T1, T2]), ["answer"]),
    ("a record more", reply([T1, T2]), reply([T1]), ["answer"]),
    ("a record twice", reply([A1, A1]), GOOD, ["ours: a record twice in a section"]),
    ("another TTL", reply([A1], ttl=61), GOOD, ["answer"]),
    ("another rcode", reply(authority=[SOA]), NXDOMAIN, ["rcode"]),
    ("no AA", reply([A1], flags=0x8000), GOOD, ["aa"]),
    ("RA", reply([A1], flags=0x8480), GOOD, ["flags"]),
    ("AD", reply([A1], flags=0x8420), GOOD, ["ad"]),
    ("no SOA", reply(flags=0x8403), NXDOMAIN, ["authority"]),
    ("no glue", reply(authority=[NS], flags=0x8000), REFERRAL, ["additional", GLUELESS]),
    ("other glue", reply(authority=[NS], additional=[GLUE[:2] + (b"\5\5\5\5",)], flags=0x8000), REFERRAL,
     ["additional", PART, GLUELESS]),
    ("TC", reply([A1], flags=0x8600), GOOD, ["tc"]),
    ("TC of all, other records", reply(flags=0x8600), reply([A1], flags=0x8600), []),
    ("no glue, with TC", reply(authority=[NS], flags=0x8200), REFERRAL, ["tc", "additional"]),
    ("failure where they have room", reply(flags=0x8002), GOOD, ["rcode", "aa", "answer"]),
    ("the spelling of the question", reply([A1], question=(b"WWW",) + ORIGIN), GOOD, ["question"]),
    ("OPT to a query without", reply([A1], opt=opt_record()), GOOD, ["opt", "ours: OPT without OPT in the query"]),
    ("bytes behind", reply([A1], tail=b"x"), GOOD, ["ours: bytes follow the last record"]),
    ("too long", reply([(WWW, "TXT", bytes([250]) + b"x" * 250)] * 2), reply([(WWW, "TXT", bytes([250]) + b"x" * 250)]),
     ["ours: longer than may be sent", "ours: a record twice in a section"]),
    ("out of order", reply([(ELSEWHERE, "A", b"\4\4\4\4"), ALIAS]), CHAIN, ["ours: an answer that is not in the order of its chain"]),
    ("silence", None, GOOD, ["reply"]),
    ("not silent", GOOD, None, ["reply"]),
    ("malformed", GOOD[:-2], GOOD, ["reply"]),
    ("one of four differs", GOOD, [GOOD, GOOD, GOOD, reply([A2])], ["answer"]),
    ("a rule, and one agrees", CHAIN, [CHAIN, reply([ALIAS]), reply([ALIAS]), CHAIN], []),
    ("a rule for other servers", CHAIN, [reply([ALIAS]), CHAIN, CHAIN, CHAIN], ["answer"]),
    ("a rule that needs one to agree", NXDOMAIN, reply(authority=[SOA]), ["rcode"]),
    ("additional of an answer", reply([A1], additional=[GLUE]), GOOD, []),
    ("additional of nowhere", reply([A1], additional=[GLUE[:2] + (b"\5\5\5\5",)]), GOOD, ["additional", PART]),
]


# The same for replies that came over TCP, where more fits and nothing is to have TC.
BIG = [(WWW, "TXT", bytes([250]) + b"%03d" % i + b"x" * 247) for i in range(200)]
PAIRS_TCP = [
    ("the same", GOOD, GOOD, []),
    ("large", reply(BIG), reply(BIG), []),
    ("large, a record less", reply(BIG[1:]), reply(BIG), ["answer"]),
    ("TC", reply(flags=0x8600), reply(BIG), ["tc", "answer", "ours: TC over TCP"]),
    ("TC of all", reply(flags=0x8600), reply(flags=0x8600), ["ours: TC over TCP"]),
    ("failure", reply(flags=0x8002), reply(BIG), ["rcode", "aa", "answer"]),
]


# Lines about pairs whose findings are not those that are wanted.
def complaints():
    question = Question(WORLD, 0, WWW, 1, 0, 0, False, b"")
    for name, ours, theirs, wanted, tcp in [pair + (False,) for pair in PAIRS] + [pair + (True,) for pair in PAIRS_TCP]:
        theirs = theirs if isinstance(theirs, list) else [theirs] * 4
        replies = {server: raw for server, raw in zip(SERVERS, theirs + [ours]) if raw is not None}
        found = [finding.aspect for finding in compare.judge(compare.Case(question, replies, SERVERS, tcp), differences.RULES, {})]
        if found != wanted:
            yield "%s: wanted %s, found %s" % (name, wanted, found)
