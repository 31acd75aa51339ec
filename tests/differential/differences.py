# differences: where the other servers differ from us, and why that is right. Each
# rule explains one difference of some servers in some aspects. Unless `alone` is
# set a rule counts only when another server answers as we do. Neighbour: compare.py.
from dataclasses import dataclass
from typing import Callable

from compare import lacks_glue
from message import labels_of, lower, names_in, type_text, wire_name
from zone import below, folded

ALL = ("nsd", "bind", "knot", "pdns")
SECTIONS = ("answer", "authority", "additional")


@dataclass
class Rule:
    name: str
    aspects: tuple
    servers: tuple
    when: Callable
    why: str       # what they do, what we do, and the section that decides
    alone: bool = False


def truncated(case, name):
    return case.ours.tc and case.replies[name].tc


# Extended errors are advice (RFC 8914 section 2).
def only_extended_error(case, name):
    return {option for option in case.value("wadi", "options") if option[0] != 15} == {
        option for option in case.value(name, "options") if option[0] != 15}


def answers_within(case, name):
    return case.value(name, "answer") <= case.value("wadi", "answer")


# Our answer goes on in another zone.
def other_zone(case, name):
    return any(zone is not case.zones[0] for zone in case.zones) and (
        answers_within(case, name) or case.replies[name].tc)


# Our answer ends at a name that it has an alias for, or is as long as chains get.
def endless(case, name):
    answer = case.ours.sections[0]
    return len(case.chain) > 8 or any(
        record.type == 39 and record.rdata.endswith(record.owner) for record in answer) or case.question.qtype != 5 and any(
        record.type == 5 and record.owner == wire_name(case.chain[-1]) for record in answer)


# Each gives a set or more, or none of us anything.
def asks_any(case, name):
    reply = case.replies[name]
    return case.question.qtype == 255 and case.ours.rcode == reply.rcode and (
        case.ours.tc or reply.tc or bool(case.ours.sections[0]) == bool(reply.sections[0]))


# Addresses that are authoritative data of ours are left out, glue is not.
def not_glue(case, name):
    missing = case.value("wadi", "additional") - case.value(name, "additional")
    if case.value(name, "additional") - case.value("wadi", "additional"):
        return False
    for owner, *_ in missing:
        owner = tuple(labels_of(owner))
        zone = case.zones[-1]
        if zone.above(owner, "cut") or zone.kinds.get(owner) == "cut":
            return False
    return True


# A name of the chain, one above it, or a wildcard for it exists in another of the
# zones, or another zone begins below it.
def exists_elsewhere(case, name):
    return any(
        zone is not home and other != folded(home.origin) and (zone.exists(other) or below(zone.origin, other))
        for last, home in zip(case.chain, case.zones) if home
        for at in range(len(last) - len(home.origin) + 1) for other in (last[at:], (b"*",) + last[at:])
        for zone in case.question.world.zones)


# Addresses that they leave out, or that only we leave out, are a wildcard's.
def synthesised(case, name):
    differ = case.value("wadi", "additional") ^ case.value(name, "additional")
    owners = {tuple(labels_of(key[0])) for key in differ}
    return all(zone is None or zone.source(owner) != owner
               for owner in owners for zone in [case.question.world.zone_of(owner)])


def unknown_child(case, name):
    last, home = case.chain[-1], case.zones[-1]
    return case.question.qtype == 43 and home and last == folded(home.origin)


# What we add to an answer somebody else adds, too, or the zones hold as addresses.
def additions(case, name):
    if not case.ours.aa or case.ours.rcode or not case.ours.sections[0] or any(
            record.type in (2, 6) for record in case.ours.sections[1]):
        return False
    theirs = {key[1:] for other in case.values if other != "wadi" for key in case.value(other, "additional") or ()}
    for key in case.value("wadi", "additional"):
        owner, rtype, _, _, rdata = key
        owner = tuple(labels_of(owner))
        if rtype != 46 and key[1:] not in theirs and not any(
                rdata in zone.addresses(zone.source(owner), type_text(rtype)) for zone in case.question.world.zones):
            return False
    return True


# They cut short what fits in ours, or the other way round, where compression decides.
def compression(case, name):
    reply = case.replies[name]
    return reply.tc != case.ours.tc and (case.ours if reply.tc else reply).full_size > case.limit


SIGNATURE = 200 # bytes of an RRSIG record, more or less


# What our reply would have with every address of every name in it.
def size_with_addresses(case):
    size = case.ours.full_size
    names = {name for section in case.ours.sections[:2] for record in section for name in names_in(record)}
    for name in names:
        for zone in case.question.world.zones:
            for rtype, bytes_each in (("A", 14), ("AAAA", 26)):
                count = len(zone.addresses(zone.source(tuple(labels_of(name))), rtype))
                size += count * (len(name) + bytes_each) + (SIGNATURE if count and zone.signed and case.question.do else 0)
    return size


def no_room(case, name):
    return size_with_addresses(case) > case.limit


def soa_left_out(case, name):
    reply = case.replies[name]
    bare = not reply.sections[1] and not reply.tc
    has_soa = any(record.type == 6 for record in case.ours.sections[1])
    return bare and (case.ours.tc and not has_soa or has_soa and case.ours.full_size > case.limit)


def theirs_truncated(case, name):
    return case.replies[name].tc and not case.ours.tc


# A target that we do not follow: a wildcard answers for it, it is an alias, or in another zone.
def not_followed(case, owner):
    owner = tuple(labels_of(owner))
    zone = case.question.world.zone_of(owner)
    return owner[:1] == (b"*",) or zone is not case.zones[-1] or zone.source(owner) != owner or zone.above(owner, "cut") \
        or zone.kinds.get(owner) in ("cname", "cut")


# RFC 9460 section 4.1: what follows an SVCB record. Others have more only of targets that we do not
# follow, and denials of what a client does not ask for next.
def follows_svcb(case, name):
    more = case.value(name, "additional") - case.value("wadi", "additional")
    return case.question.qtype in (64, 65) and all(key[1] in (46, 47, 50) or not_followed(case, key[0]) for key in more)


def glue_without_room(case, name):
    return case.ours.tc and lacks_glue(case) and case.value(name, "authority") == case.value("wadi", "authority")


def asks_signatures(case, name):
    return case.question.qtype in (46, 47, 50) and case.replies[name].rcode == 5


def checking_disabled(case, name):
    return case.value("wadi", "flags") & ~0x10 == case.value(name, "flags") & ~0x10


def asks_alias(case, name):
    return case.question.qtype == 5 and (
        case.value("wadi", "answer") <= case.value(name, "answer") or case.replies[name].rcode == 2)


def asks_nsec3(case, name):
    return case.question.qtype == 50


# There is an alias at the name, and a type is asked for that may stand beside one.
def beside_alias(case, name):
    if case.question.qtype not in (46, 47):
        return False
    ours, theirs = (sum(record.type == 5 for record in case.replies[who].sections[0]) for who in ("wadi", name))
    return ours != theirs or case.replies[name].rcode == 2


def asks_authentic(case, name):
    return case.question.flags & 0x20


def asks_unchecked(case, name):
    return case.question.flags & 0x10


def empty_any(case, name):
    return case.question.qtype == 255 and any(record.type == 0 for record in case.replies[name].sections[0])


def through_dname(case):
    return any(record.type == 39 for record in case.ours.sections[0])


def any_through_dname(case, name):
    return case.question.qtype == 255 and through_dname(case)


def too_long(case, name):
    return case.ours.rcode == 6


# A DNAME whose owner begins with an asterisk is given the name of the question, or is given
# under its own when the question matches the wildcard.
def asterisk_dname(case, name):
    return any(record.type == 39 and record.owner[:2] == b"\x01*"
               for who in ("wadi", name) for record in case.replies[who].sections[0])


def asks_rrsig(case, name):
    return case.question.qtype == 46 and bool(case.ours.sections[0]) == bool(case.replies[name].sections[0])


# A wildcard answers, and the name asked for has an asterisk where it took the place
# of one: denials of what was asked for are missing.
def asterisk_asked(case, name):
    return any(label[:1] == (b"*",) for label in case.chain) and (
        case.ours.tc or through_dname(case) or case.value(name, "authority") < case.value("wadi", "authority"))


# The parent's NSEC of a delegated name.
def nsec_at_cut(case, name):
    return case.question.qtype == 47 and not case.ours.aa and not case.ours.sections[0]


# The closest encloser that has an NSEC3 may be above the one that exists.
def opted_out(case, name):
    return case.value("wadi", "rcode") == case.value(name, "rcode") and any(
        record.type == 50 and record.rdata[1] & 1 for record in case.ours.sections[1])


def more_denials(case, name):
    more = case.value(name, "authority") - case.value("wadi", "authority")
    return case.value("wadi", "authority") < case.value(name, "authority") and {key[1] for key in more} <= {46, 47, 50}


# Of a wildcard that has no such type, or of a name that a DNAME leads to.
def fewer_denials(case, name):
    ours, theirs = case.value("wadi", "authority"), case.value(name, "authority")
    if through_dname(case):
        return {key[1] for key in ours ^ theirs} <= {46, 47, 50}
    return case.replies[name].rcode == 0 and any(key[1] == 6 for key in theirs) and (
        case.ours.tc or theirs < ours and {key[1] for key in ours - theirs} == {46, 50})


# Some label begins with an octet that sorts before the asterisk.
def before_asterisk(case, name):
    zone = case.zones[-1]
    return zone and any(label[:1] < b"*" for owner in zone.types for label in owner) and any(
        record.type == 47 for record in case.replies[name].sections[1])


def nsec_asked(case, name):
    return case.question.qtype == 47 and bool(case.ours.sections[0])


# The wildcard of the closest encloser is an empty non-terminal.
def empty_wildcard(case, name):
    missing = case.value("wadi", "authority") - case.value(name, "authority")
    home, last = case.zones[-1], case.chain[-1]
    return home and home.source(last) not in home.types and home.exists(home.source(last)) and (
        case.value(name, "authority") < case.value("wadi", "authority") and {key[1] for key in missing} == {46, 47})


# The same, where it is unsigned: nothing is shown, and the rcode differs.
def empty_wildcard_denied(case, name):
    home, last = case.zones[-1], case.chain[-1]
    return home and case.ours.rcode == 0 and case.replies[name].rcode == 3 and (
        home.source(last) not in home.types and home.exists(home.source(last)))


# A label of one octet, which is zero, and an alias.
def zero_label(case, name):
    return case.replies[name].rcode == 3 and any(label == b"\0" for owner in case.chain for label in owner)


def cut_failure(case, name):
    return case.ours.tc and case.replies[name].rcode == 2


# Opt-out has left the closest encloser without an NSEC3.
def gives_up(case, name):
    reply = case.replies[name]
    return not reply.aa and not any(reply.sections) and case.ours.rcode == reply.rcode == 3 and (
        case.ours.tc or opted_out(case, name))


# Until it starts again what else is asked goes unanswered, too.
def stuck(case, name):
    return case.value(name, "reply") == "none"


RULES = [
    Rule("stuck", ("reply",), ("knot",), stuck,
         why="version 3.2.6 turns in a circle at some answers with dozens of targets; there is nothing to agree with"),
    Rule("empty wildcard", ("authority",), ("bind", "knot"), empty_wildcard,
         why="they do not show the wildcard that answers when it is an empty non-terminal; RFC 4035 section 3.1.3.4"),
    Rule("empty wildcard denied", ("rcode",), ("bind",), empty_wildcard_denied,
         why="version 9.20 says NXDOMAIN where the wildcard that answers is an empty non-terminal; RFC 4592 section 2.2.2: it "
             "exists, so there is a name without data"),
    Rule("label of a zero octet", ("rcode", "aa", "tc") + SECTIONS, ("knot",), zero_label,
         why="version 3.4 says NXDOMAIN behind an alias below such a label, though the target exists; RFC 2181 section 11: any "
             "octet may be in a label"),
    Rule("failure instead of TC", ("rcode", "tc") + SECTIONS, ("pdns",), cut_failure,
         why="it fails at chains that our TC cuts short; RFC 2181 section 9: what else is in a message with TC is of no account"),
    Rule("opt-out, no denial", ("aa", "tc") + SECTIONS, ("knot",), gives_up, alone=True,
         why="it says NXDOMAIN alone where an empty non-terminal was left out of the chain; RFC 5155 section 7.2.1: the closest "
             "encloser is the longest name that has an NSEC3"),
    Rule("more denials", ("authority",), ("nsd",), more_denials,
         why="it proves the closest encloser of a wildcard that was asked for itself, and for DS denies one at the origin; "
             "RFC 5155 section 7.2.3 and RFC 4035 section 3.1.3.2 ask for less"),
    Rule("fewer denials", ("authority", "tc"), ("nsd",), fewer_denials,
         why="it leaves out the NSEC3 that covers the next closer name when a wildcard has no such type, and the NSEC of a "
             "name that a DNAME leads to, or takes another; RFC 5155 section 7.2.5, RFC 4035 section 3.1.3.2"),
    Rule("order of labels", ("authority", "tc"), ("nsd",), before_asterisk,
         why="it denies wildcards with the NSEC of a label that sorts before the asterisk; RFC 4034 section 6.1"),
    Rule("NSEC of a wildcard", ("authority",), ("knot",), nsec_asked,
         why="it takes the answer for the denial of the name, though the answer is an expanded wildcard's; RFC 4035 "
             "section 3.1.3.3"),
    Rule("RRSIG asked", ("answer", "authority", "tc"), ALL, asks_rrsig, alone=True,
         why="which signatures answer is chosen as for ANY (RFC 8482 section 4.1): all of them, or those of one set"),
    Rule("NSEC at a cut", ("aa", "tc", "rcode") + SECTIONS, ("bind",), nsec_at_cut,
         why="it answers with the NSEC of a delegated name; RFC 4035 section 3.1.4.1 has the parent answer for DS alone"),
    Rule("opt-out", ("authority", "tc"), ("nsd",), opted_out,
         why="it takes another closest encloser where an empty non-terminal was left out of the chain; RFC 5155 section 7.2.1: "
             "the longest name that has an NSEC3"),
    Rule("asterisk asked", ("authority", "tc"), ("knot",), asterisk_asked,
         why="it leaves out the denial of a name that begins with an asterisk when a wildcard answers; RFC 4592 section 2.2.1: "
             "it is a name like others (RFC 4035 section 3.1.3.3)"),
    Rule("ANY through a DNAME", ("rcode", "tc") + SECTIONS, ALL, any_through_dname, alone=True,
         why="some stop at the CNAME made from it, some go on: RFC 6672 section 3.2 goes on, RFC 8482 lets them stop"),
    Rule("too long by a DNAME", ("rcode", "tc") + SECTIONS, ("knot",), too_long,
         why="it adds a SOA, or uses a wildcard for the name, or says NXDOMAIN; RFC 6672 section 2.2: YXDOMAIN, "
             "which is not a negative answer (RFC 2308 section 2.1)"),
    Rule("DNAME at an asterisk", ("rcode", "aa", "tc") + SECTIONS, ("knot",), asterisk_dname, alone=True,
         why="it expands the asterisk for names below it, which a wildcard does not match, and version 3.4 answers with the "
             "asterisk itself for names that it does match (RFC 4592 sections 3.3 and 4.4)"),
    Rule("NSEC3 asked", ("rcode", "tc") + SECTIONS, ("nsd",), asks_nsec3,
         why="it denies NSEC3 at every name, aliases included; RFC 5155 section 7.2.8 speaks of names that own only NSEC3"),
    Rule("beside an alias", ("rcode", "tc") + SECTIONS, ALL, beside_alias, alone=True,
         why="some follow an alias for types that may stand beside one; RFC 4035 section 2.5: RRSIG and NSEC belong to the alias"),
    Rule("alias asked", SECTIONS + ("rcode", "tc"), ("pdns",), asks_alias,
         why="it follows aliases even when CNAME is asked for; RFC 1034 section 4.3.2 step 3a: only when the type does not match"),
    Rule("DS of an unknown child", ("rcode", "tc") + SECTIONS, ALL, unknown_child, alone=True,
         why="the parent denies its child that it does not delegate; NXDOMAIN would hide what is below (RFC 8020), "
             "so we answer from the child"),
    Rule("AD", ("ad",), ("bind",), asks_authentic,
         why="it gives AD back to who asks with it when it has cut the message; RFC 4035 section 3.1.6: not to be set"),
    Rule("CD", ("cd",), ALL, asks_unchecked,
         why="BIND gives CD back, the others clear it, as RFC 4035 section 3.1.6 says that one should"),
    Rule("ANY at an empty name", SECTIONS, ("pdns",), empty_any,
         why="it answers with a record of type 0; RFC 2308 section 2.2: a negative answer has none"),
    Rule("additional of SVCB", ("additional",), ALL, follows_svcb, alone=True,
         why="RFC 9460 section 4.1: the records of targets, and the denial of those that are not there, SHOULD be sent; Knot "
             "goes on with wildcards and zones below, BIND with aliases, docs/decisions/0007-dns.md"),
    Rule("glue without room", ("tc",), ("bind", "nsd"), glue_without_room, alone=True,
         why="BIND always and NSD now and then leaves out without TC what does not fit of the glue; RFC 9471 section 3.1 asks for TC"),
    Rule("signatures refused", ("rcode", "aa") + SECTIONS, ("pdns",), asks_signatures,
         why="it refuses questions for RRSIG, NSEC and NSEC3; RFC 4035 section 3.1 makes them types like others"),
    Rule("compression", ("tc", "rcode") + SECTIONS, ALL, compression, alone=True,
         why="RFC 1035 section 4.1.4: compression is allowed, not asked for, and decides what fits"),
    Rule("no room", ("additional",), ALL, no_room, alone=True,
         why="RFC 2181 section 9: what is merely useful may be left out without TC; glue see faults()"),
    Rule("nothing rather than less", ("tc",) + SECTIONS, ("bind", "nsd", "pdns"), theirs_truncated,
         why="they send TC for additional records that did not fit, BIND 9.20 without any record; RFC 2181 section 9 "
             "has TC for what is required"),
    Rule("no room for the SOA", ("tc", "authority"), ("knot",), soa_left_out, alone=True,
         why="it says nothing when the SOA does not fit; RFC 2308 section 3 asks for it, so ours has TC"),
    Rule("truncated", ("rcode",) + SECTIONS, ALL, truncated, alone=True,
         why="RFC 2181 section 9: what else is in a message with TC is of no account"),
    Rule("extended error", ("options",), ALL, only_extended_error, alone=True,
         why="RFC 8914 section 2: which extended errors a server gives is its own affair"),
    Rule("chain ends at the zone", ("rcode", "tc") + SECTIONS, ("bind", "knot"), other_zone, alone=True,
         why="they follow aliases within one zone; RFC 1034 section 4.3.2 step 3a starts again at step 1, "
             "which looks through all zones, as we do"),
    Rule("endless chain", ("rcode", "tc") + SECTIONS, ALL, endless, alone=True,
         why="some answer SERVFAIL, the others stop at different lengths; RFC 1034 section 5.2.2 leaves loops to the resolver, "
             "so we give what there is"),
    Rule("ANY", ("answer", "additional", "authority", "tc"), ALL, asks_any, alone=True,
         why="RFC 8482 section 4.1: which set answers ANY is the server's choice; we give one"),
    Rule("glue only", ("additional",), ("bind",), not_glue,
         why="it adds to referrals what is below a cut and leaves out what it has authority for; RFC 9471 "
             "section 2 asks for no more, RFC 1034 section 4.3.2 step 6 lets us add what helps"),
    Rule("addresses by wildcard", ("additional",), ALL, synthesised, alone=True,
         why="not all look for wildcards to find addresses; RFC 1034 section 4.3.2 step 6 leaves open what helps"),
    Rule("names of all zones", ("rcode", "tc") + SECTIONS, ("nsd",), exists_elsewhere,
         why="it has one tree for all zones, and a name of one exists in all; RFC 8020 section 2: NXDOMAIN"),
    Rule("additional of positive answers", ("additional",), ALL, additions, alone=True,
         why="RFC 1034 section 4.3.2 step 6: useful additions are the server's choice"),
]
