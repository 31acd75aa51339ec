# report: a finding for people: the question, what each server says, how to repeat.
# Neighbour: run.py.
import collections

from message import short_text, type_text
from zone import text

SHOWN_RECORDS = 10 # of a section


def question_text(question):
    words = [short_text(question.name), type_text(question.qtype)]
    words += [word for bit, word in ((0x100, "rd"), (0x20, "ad"), (0x10, "cd")) if question.flags & bit]
    if question.size:
        words.append("edns %d%s" % (question.size, " do" if question.do else ""))
    return " ".join(words)


# Servers that answer alike are shown once, ours first.
def show(finding, options):
    case = finding.case
    question = case.question
    print("FAIL %s, other than %s: %s%s" % (finding.aspect, " ".join(finding.differing), question_text(question),
                                            " over TCP" if case.tcp else ""))
    print("  again: tests/net/differential.sh --seed %s --world %d --question %d" % (
        options.seed, question.world.number, question.number))
    print("  zones: %s" % " ".join(text(zone.origin) for zone in question.world.zones))
    groups = collections.defaultdict(list)
    for name in ["wadi"] + [name for name in case.values if name != "wadi"]:
        groups[tuple(reply_lines(case, name, options.brief))].append(name)
    for lines, names in groups.items():
        print("  %s: %s" % (" ".join(names), "\n    ".join(lines)))


def reply_lines(case, name, brief):
    reply = case.replies[name]
    if reply is None:
        return [case.value(name, "reply")]
    lines = [reply.header_text()]
    for title, section in zip(("answer", "authority", "additional"), reply.sections):
        texts = sorted(str(record) for record in section)
        if brief and name != "wadi" and case.value(name, title) == case.value("wadi", title):
            texts = ["as ours"] if texts else []
        lines += ["%s: %s" % (title, line) for line in texts[:SHOWN_RECORDS]]
        if len(texts) > SHOWN_RECORDS:
            lines.append("%s: and %d more" % (title, len(texts) - SHOWN_RECORDS))
    return lines
