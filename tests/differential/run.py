#!/usr/bin/env python3
# run: the two halves of the differential test. "prepare" writes the zones of the
# worlds and the servers' configurations, "ask" sends the questions and compares.
# tests/net/differential.sh calls both and starts the servers between them.
import argparse
import collections
import os
import sys
import time

import compare
import odd
import servers
from client import Client
from differences import RULES
from message import TYPES, Message, query, short_text, type_text, wire_name
from question import questions
from zone import FEATURES, World, text

BATCH = 150
SHOWN_RECORDS = 6 # of a section
SHOWN = 3 # findings in full for each kind


def worlds(options):
    numbers = options.world if options.world else range(options.worlds)
    return [World(options.seed, number, FEATURES - set(options.without.split(","))) for number in numbers]


def prepare(options):
    os.makedirs(options.dir + "/zones", exist_ok=True)
    zones = []
    for world in worlds(options):
        for zone in world.zones:
            origin = text(zone.origin)[:-1]
            zones.append((origin, "%s/zones/%s" % (options.dir, origin)))
            with open(zones[-1][1], "w") as file:
                file.writelines(line + "\n" for line in zone.lines())
    zones.append(("odd.test", options.dir + "/zones/odd.test"))
    servers.write(zones[-1][1], odd.ZONE)
    servers.write_all(options.dir, zones)


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
    print("FAIL %s, other than %s: %s" % (finding.aspect, " ".join(finding.differing), question_text(question)))
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


def batches(items):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


# Waits until every server answers for every zone; one that refuses a zone would
# differ in all.
def await_zones(client, origins):
    wires = [query(wire_name(origin), TYPES["SOA"]) for origin in origins]
    for _ in range(20):
        missing = []
        for batch in batches(zip(origins, wires)):
            for (origin, _), replies in zip(batch, client.collect(client.send([wire for _, wire in batch]), 2)):
                missing += ["%s: %s" % (name, text(origin)) for name in client.sockets
                            if name not in replies or not Message(replies[name]).sections[0]]
        if not missing:
            return
        time.sleep(0.2)
    sys.exit("these servers do not serve these zones:\n" + "\n".join(missing[:40]))


def ask(options):
    addresses = {name: servers.ADDRESSES[name] for name in servers.OTHERS + ("wadi",)}
    client = Client(addresses)
    every = worlds(options)
    await_zones(client, [zone.origin for world in every for zone in world.zones])
    every = (question for world in every for question in questions(world, options.count))
    if options.question is not None:
        every = (question for question in every if question.number == options.question)
    used, kinds, total = {}, collections.Counter(), 0
    for finding in odd.judge(client, addresses):
        kinds["odd", ("they do or we should",)] += 1
        print("FAIL odd query, %s" % finding)
    pending = None
    for batch in batches(every):
        sent = client.send([question.wire for question in batch])
        if pending:
            total += report(*pending, addresses, used, kinds, options)
        pending = batch, client.collect(sent)
    total += report(*pending, addresses, used, kinds, options)
    print("\nrules of differences.py and how often each explained a difference:")
    for rule in RULES:
        print("  %7d  %s%s" % (used.get(rule.name, 0), rule.name, "" if used.get(rule.name) else "  UNUSED"))
    for signature, count in kinds.most_common():
        print("FAILED %d times: %s other than %s" % (count, signature[0], " ".join(signature[1])))
    print("note: %d questions, %d findings" % (total, sum(kinds.values())))
    return 1 if kinds else 0


def report(batch, replies, names, used, kinds, options):
    for question, answers in zip(batch, replies):
        case = compare.Case(question, answers, names)
        for finding in compare.judge(case, RULES, used):
            kinds[finding.signature] += 1
            if kinds[finding.signature] <= options.show:
                show(finding, options)
        if options.question is not None:
            show(compare.Finding(case, "asked", []), options)
    return len(batch)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("prepare", "ask"))
    parser.add_argument("dir")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--world", type=int, action="append", help="this world only")
    parser.add_argument("--count", type=int, default=1000, help="questions for each world")
    parser.add_argument("--question", type=int, help="this question only, in full")
    parser.add_argument("--brief", action="store_true", help="do not repeat sections that are as ours")
    parser.add_argument("--without", default="", help="features that zones shall not have")
    parser.add_argument("--show", type=int, default=SHOWN, help="findings of a kind to print in full")
    options = parser.parse_args()
    sys.exit(prepare(options) if options.part == "prepare" else ask(options))


if __name__ == "__main__":
    main()
