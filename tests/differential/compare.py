# compare: what our reply says against what the others say, aspect by aspect. A
# difference needs a rule of differences.py, and unless the rule says otherwise
# one of the others that answers as we do. Neighbours: message.py, differences.py.
import functools

from message import Malformed, Message, labels_of, lower


class Case:
    # replies: server to bytes; who is missing stayed silent. tcp: how they came.
    def __init__(self, question, replies, servers, tcp=False):
        self.question, self.replies, self.values, self.tcp = question, {}, {}, tcp
        for name in servers:
            raw = replies.get(name)
            try:
                self.replies[name] = Message(raw) if raw is not None else None
                self.values[name] = aspects(self.replies[name])
            except Malformed as error:
                self.replies[name] = None
                self.values[name] = {"reply": "malformed: %s" % error}

    # The names that our answer goes through: the question's, and the targets.
    @functools.cached_property
    def chain(self):
        aliases = {record.owner: record.rdata for record in self.ours.sections[0] if record.type == 5}
        names = [lower(self.question.name)]
        if self.question.qtype not in (5, 255):
            while names[-1] in aliases and aliases[names[-1]] not in names:
                names.append(aliases[names[-1]])
        return [tuple(labels_of(name)) for name in names]

    # The zones that our answer goes through.
    @functools.cached_property
    def zones(self):
        return [self.question.world.zone_of(name) for name in self.chain]

    # What a reply may have.
    @property
    def limit(self):
        return 65535 if self.tcp else max(512, min(self.question.size, 1232))

    @property
    def ours(self):
        return self.replies["wadi"]

    def value(self, name, aspect):
        return self.values[name].get(aspect)


# Sections are compared as sets of records, names in lower case; TC makes what
# else is in a message of no account (RFC 2181 section 9).
def aspects(message):
    if message is None:
        return {"reply": "none"}
    values = {
        "reply": "some",
        "question": message.question,
        "rcode": message.rcode,
        "aa": message.aa,
        "tc": message.tc,
        "ad": message.flags & 0x20,
        "cd": message.flags & 0x10,
        "flags": message.flags & 0xf9c0,
        "opt": message.opt and (message.opt[0], message.opt[2] & 0xffffff),
        "options": frozenset(message.options() if message.opt else ()),
    }
    for name, section in zip(("answer", "authority", "additional"), message.sections):
        values[name] = frozenset(record.key for record in section)
    return values


ASPECTS = ("reply", "question", "flags", "ad", "cd", "rcode", "aa", "tc", "opt", "options", "answer", "authority", "additional")


# One aspect in which some of the others differ from us and no rule says why.
class Finding:
    def __init__(self, case, aspect, differing):
        self.case, self.aspect, self.differing = case, aspect, differing

    @property
    def signature(self):
        return self.aspect, tuple(sorted(self.differing))


# Who of those that differ has no rule. A rule that does not stand alone needs a
# server that agrees with us, or that all others have rules that do.
def explain(case, aspect, differing, agreed, rules, used):
    def rule_of(name, alone):
        return next((rule for rule in rules if rule.alone == alone and aspect in rule.aspects
                     and name in rule.servers and rule.when(case, name)), None)

    found = {name: rule_of(name, True) for name in differing}
    left = [name for name in differing if not found[name]]
    if agreed or len(left) == 1:
        found.update((name, rule_of(name, False)) for name in left)
    for rule in found.values():
        if rule:
            used[rule.name] = used.get(rule.name, 0) + 1
    return [name for name in differing if not found[name]]


# Compares a case; used counts how often each rule explained something.
def judge(case, rules, used):
    findings = []
    others = [name for name in case.values if name != "wadi"]
    for aspect in ASPECTS:
        if aspect != "reply" and case.ours is None:
            break
        mine = case.value("wadi", aspect)
        differing = [name for name in others if case.value(name, aspect) != mine
                     and (aspect == "reply" or case.replies[name] is not None)]
        if not differing:
            continue
        unexplained = explain(case, aspect, differing, len(differing) < len(others), rules, used)
        if unexplained:
            findings.append(Finding(case, aspect, unexplained))
    return findings + [Finding(case, "ours: " + text, ["wadi"]) for text in faults(case)]


# What may not be in a reply of ours, whoever else does it.
def faults(case):
    reply, question = case.ours, case.question
    if reply is None:
        return
    if reply.tail:
        yield "bytes follow the last record"
    if len(reply.raw) > case.limit:
        yield "longer than may be sent"
    if reply.bad_pointers:
        yield "compression where RFC 3597 section 4 forbids it"
    if reply.opt is not None and not question.size:
        yield "OPT without OPT in the query"
    for section in reply.sections:
        # Names in SVCB keep their case when records are compared (RFC 9460 section 2.2, RFC 4034 section 6.2).
        if len({(record.key, record.spelled[1] if record.type in (64, 65) else b"") for record in section}) != len(section):
            yield "a record twice in a section"
    if out_of_order(case):
        yield "an answer that is not in the order of its chain"
    if part_of_set(case):
        yield "some of the addresses of a name, not all (RFC 2181 section 9)"
    if not reply.tc and lacks_glue(case):
        yield "glue missing without TC (RFC 9471 section 3.1)"
    if reply.tc and case.tcp:
        yield "TC over TCP"


# RFC 1034 section 3.6.2: resolvers go through the answer from the question on.
def out_of_order(case):
    current = lower(case.question.name)
    for record in case.ours.sections[0]:
        if record.type == 46 or record.type == 39 and current.endswith(record.owner):
            continue
        if record.owner != current:
            return True
        if record.type == 5:
            current = record.rdata
    return False


def part_of_set(case):
    sets = {}
    for section in case.ours.sections:
        for record in section:
            if record.type in (1, 28):
                sets.setdefault((record.owner, record.type), set()).add(record.rdata)
    for (owner, rtype), data in sets.items():
        owner = tuple(labels_of(owner))
        if not any(zone.addresses(zone.source(owner), "A" if rtype == 1 else "AAAA") == data
                   for zone in case.question.world.zones):
            return True
    return False


# Addresses of servers below the cut that a referral tells of are missing.
def glue_of(case):
    for record in case.ours.sections[1]:
        cut = tuple(labels_of(record.owner))
        if record.type != 2 or not record.rdata.endswith(record.owner):
            continue
        server = tuple(labels_of(record.rdata))
        for zone in case.question.world.zones:
            if zone.kinds.get(cut) == "cut":
                yield from ((record.rdata, number, data) for number, rtype in ((1, "A"), (28, "AAAA"))
                            for data in zone.addresses(server, rtype))


def additional_of(case):
    return {(record.owner, record.type, record.rdata) for record in case.ours.sections[2]}


def lacks_glue(case):
    return bool(set(glue_of(case)) - additional_of(case))
