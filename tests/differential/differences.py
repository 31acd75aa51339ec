# differences: where the other servers differ from us, and why that is right. Each
# rule explains one difference of some servers in some aspects. Unless `alone` is
# set a rule counts only when another server answers as we do. Neighbour: compare.py.
from dataclasses import dataclass
from typing import Callable

from message import labels_of, lower
from zone import folded

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


# Our answer holds an alias twice or leads back to where it was.
def loop(case, name):
    aliases = {record.owner: record.rdata for record in case.ours.sections[0] if record.type == 5}
    return lower(case.question.name) in aliases and all(
        target in aliases or target not in aliases.values() for target in aliases.values())


def any_at_alias(case, name):
    return case.question.qtype == 255 and case.replies[name].rcode == 2 and any(
        record.type == 5 for record in case.ours.sections[0])


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


# The name at the end, one above it, or a wildcard for it exists in another of the
# zones only.
def exists_elsewhere(case, name):
    last, home = case.chain[-1], case.zones[-1]
    return home and any(
        zone is not home and zone.exists(other) and not home.exists(other)
        for at in range(len(last) - len(home.origin) + 1) for other in (last[at:], (b"*",) + last[at:])
        for zone in case.question.world.zones)


def unknown_child(case, name):
    last, home = case.chain[-1], case.zones[-1]
    return case.question.qtype == 43 and home and last == folded(home.origin)


# What we add to an answer somebody else adds, too.
def additions(case, name):
    theirs = {key[1:] for other in case.values if other != "wadi" for key in case.value(other, "additional") or ()}
    return (case.ours.aa and case.ours.rcode == 0 and case.ours.sections[0] and not case.ours.sections[1]
            and {key[1:] for key in case.value("wadi", "additional")} <= theirs)


# They cut short what fits in ours, or the other way round, where compression decides.
def compression(case, name):
    reply = case.replies[name]
    return reply.tc != case.ours.tc and (case.ours if reply.tc else reply).full_size > case.limit


def no_room(case, name):
    return max(case.ours.full_size, case.replies[name].full_size) > case.limit


def soa_left_out(case, name):
    return case.ours.tc and not any(case.replies[name].sections) and not any(case.ours.sections)


def theirs_truncated(case, name):
    return case.replies[name].tc and not case.ours.tc


def glue_without_room(case, name):
    return case.ours.tc and case.value(name, "authority") == case.value("wadi", "authority") != frozenset()


def asks_signatures(case, name):
    return case.question.qtype in (46, 47, 50) and case.replies[name].rcode == 5


def checking_disabled(case, name):
    return case.value("wadi", "flags") & ~0x10 == case.value(name, "flags") & ~0x10


def asks_alias(case, name):
    return case.question.qtype == 5 and case.value("wadi", "answer") <= case.value(name, "answer")


def asks_nsec3(case, name):
    return case.question.qtype == 50


# There is an alias at the name, and a type is asked for that may stand beside one.
def beside_alias(case, name):
    return case.question.qtype in (46, 47) and len(case.chain) > 1


def authentic_nothing(case, name):
    return case.question.flags & 0x20 and case.value("wadi", "flags") == case.value(name, "flags") & ~0x20


RULES = [
    Rule("NSEC3 asked", ("rcode", "tc") + SECTIONS, ("nsd",), asks_nsec3,
         why="it denies NSEC3 at every name, aliases included; RFC 5155 section 7.2.8 speaks of names that own only NSEC3"),
    Rule("beside an alias", ("rcode", "tc") + SECTIONS, ("bind", "knot"), beside_alias,
         why="they take an alias for a name without RRSIG and NSEC; RFC 1034 section 4.3.2 step 3a follows it for every other type"),
    Rule("alias asked", SECTIONS + ("rcode", "tc"), ("pdns",), asks_alias,
         why="it follows aliases even when CNAME is asked for; RFC 1034 section 4.3.2 step 3a: only when the type does not match"),
    Rule("DS of an unknown child", ("rcode", "tc") + SECTIONS, ALL, unknown_child, alone=True,
         why="the parent denies its child that it does not delegate; NXDOMAIN would hide what is below (RFC 8020), "
             "so we answer from the child"),
    Rule("AD of nothing", ("flags",), ("bind",), authentic_nothing,
         why="it says AD to who asks with AD when the message is empty; RFC 4035 section 3.1.6: not to be set"),
    Rule("CD", ("flags",), ("nsd", "knot", "pdns"), checking_disabled,
         why="RFC 4035 section 3.1.6: CD SHOULD be cleared; BIND and we give it back"),
    Rule("glue without room", ("tc",), ("bind",), glue_without_room,
         why="it leaves out without TC what does not fit of the glue; RFC 9471 section 3.1 asks for TC"),
    Rule("signatures refused", ("rcode", "aa") + SECTIONS, ("pdns",), asks_signatures,
         why="it refuses questions for RRSIG, NSEC and NSEC3; RFC 4035 section 3.1 makes them types like others"),
    Rule("compression", ("tc",) + SECTIONS, ALL, compression, alone=True,
         why="RFC 1035 section 4.1.4: compression is allowed, not asked for, and decides what fits"),
    Rule("no room", ("additional",), ALL, no_room, alone=True,
         why="RFC 2181 section 9: what is merely useful may be left out without TC; glue see faults()"),
    Rule("nothing rather than less", ("tc",) + SECTIONS, ("pdns",), theirs_truncated,
         why="it sends TC and nothing else when additional records did not fit; RFC 2181 section 9 has TC for what is required"),
    Rule("no room for the SOA", ("tc",), ("knot",), soa_left_out,
         why="it says nothing when the SOA does not fit; RFC 2308 section 3 asks for it, so ours has TC"),
    Rule("truncated", SECTIONS, ALL, truncated, alone=True,
         why="RFC 2181 section 9: what else is in a message with TC is of no account"),
    Rule("extended error", ("options",), ALL, only_extended_error, alone=True,
         why="RFC 8914 section 2: which extended errors a server gives is its own affair"),
    Rule("chain ends at the zone", ("rcode", "tc") + SECTIONS, ("bind", "knot"), other_zone, alone=True,
         why="they follow aliases within one zone; RFC 1034 section 4.3.2 step 3a starts again at step 1, "
             "which looks through all zones, as we do"),
    Rule("loop is a failure", ("rcode", "answer", "authority"), ("bind", "pdns"), loop,
         why="they answer SERVFAIL; we give what there is, as a resolver sees the loop itself (RFC 1034 section 3.6.2)"),
    Rule("ANY at a loop", ("rcode", "answer", "authority"), ("pdns",), any_at_alias,
         why="it fails where an alias leads to itself even when ANY is asked; RFC 8482 section 4.1: the alias answers"),
    Rule("ANY", ("answer", "additional", "authority", "tc"), ALL, asks_any, alone=True,
         why="RFC 8482 section 4.1: which set answers ANY is the server's choice; we give one"),
    Rule("glue only", ("additional",), ("bind",), not_glue,
         why="it adds to referrals what is below a cut and leaves out what it has authority for; RFC 9471 "
             "section 2 asks for no more, RFC 1034 section 4.3.2 step 6 lets us add what helps"),
    Rule("names of all zones", ("rcode", "tc") + SECTIONS, ("nsd",), exists_elsewhere,
         why="it has one tree for all zones, and a name of one exists in all; RFC 8020 section 2: NXDOMAIN"),
    Rule("additional of positive answers", ("additional",), ALL, additions, alone=True,
         why="RFC 1034 section 4.3.2 step 6: useful additions are the server's choice"),
]
