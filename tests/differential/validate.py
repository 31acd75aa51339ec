# validate: asks again, as a resolver that validates, what was answered from signed
# zones. Neighbour: resolver.py.
import collections

import compare
import servers
from differences import endless, through_dname
from message import Message, name_text
from report import question_text, show
from resolver import Resolver
from zone import folded, text

SECOND_OPINIONS = ("nsd", "bind", "knot")


class Validator:
    def __init__(self, every, options):
        self.options = options
        self.origins = [text(zone.origin) for world in every for zone in world.zones if world.signed]
        self.cases = {}

    # Keeps what ends in zones of ours and fits, so that a resolver can do with us alone.
    def add(self, batch, replies):
        for question, answers in zip(batch, replies):
            if not question.world.signed or "wadi" not in answers:
                continue
            case = compare.Case(question, answers, servers.of_world(question.world))
            if case.ours and answered_here(case):
                self.cases.setdefault((name_text(question.name).lower(), question.qtype), case)

    def verdicts(self, server, keys):
        resolver = Resolver(servers.ADDRESSES[server], self.options.dir + "/anchors", self.origins)
        for key, rcode, secure, bogus in resolver.ask(keys):
            yield key, "bogus" if bogus else "secure" if secure else "failed" if rcode == 2 else "insecure", bogus
        resolver.close()

    # Nothing may be bogus, unless the same of another is, too: then it is the signer or
    # libunbound, since compare.py has seen to it that the answers are alike.
    def findings(self):
        kinds, counts, suspects = collections.Counter(), collections.Counter(), {}
        if not self.cases:
            return kinds
        for key, verdict, why in self.verdicts("wadi", self.cases):
            counts[verdict] += 1
            if verdict in ("bogus", "failed") or verdict == "insecure" and wants_secure(self.cases[key]):
                suspects[key] = verdict, why
        # Once more with an empty cache: a datagram may have been lost, and what was
        # learnt on the way colours what is asked later.
        for key, verdict, why in list(self.verdicts("wadi", list(suspects))):
            suspects[key] = verdict, why
            if verdict == "secure" or verdict == "insecure" and not wants_secure(self.cases[key]):
                del suspects[key]
        theirs = {server: {key: verdict for key, verdict, _ in self.verdicts(server, suspects)} for server in SECOND_OPINIONS}
        for key, (verdict, why) in suspects.items():
            if any(theirs[server][key] == verdict for server in SECOND_OPINIONS):
                counts[verdict + " of others, too"] += 1
                continue
            kind = "libunbound finds us %s, unlike" % verdict, tuple(s for s in SECOND_OPINIONS if theirs[s][key] != verdict)
            kinds[kind] += 1
            if kinds[kind] <= self.options.show:
                print("FAIL libunbound finds us %s: %s: %s" % (verdict, question_text(self.cases[key].question), why))
                show(compare.Finding(self.cases[key], "libunbound", kind[1]), self.options)
        print("note: libunbound: %s" % ", ".join("%d %s" % (count, verdict) for verdict, count in counts.items()))
        return kinds


# Left out are the DS of our topmost zones and of aliases, of which a resolver asks
# whoever is above; signatures alone and ANY, of which it makes something else; DNAME and CNAME below a
# DNAME, since libunbound looks for signatures and DS of what is made from it.
def answered_here(case):
    reply, question = case.ours, case.question
    if not question.do or question.size < 1232 or not reply.aa or reply.tc or reply.rcode not in (0, 3):
        return False
    if question.qtype in (39, 46, 255) or question.qtype == 5 and through_dname(case):
        return False
    if question.qtype == 43 and (len(case.chain) > 1 or question.world.zone_of(case.chain[0][1:]) is None):
        return False
    types = {record.type for record in reply.sections[1]}
    return all(case.zones) and not endless(case, "wadi") and (2 not in types or 6 in types)


# Opt-out leaves room for what is not signed (RFC 5155 section 9.2).
def wants_secure(case):
    opt_out = any(record.type == 50 and record.rdata[1] & 1 for record in case.ours.sections[1])
    return not opt_out and all(zone.secure for zone in case.zones)
