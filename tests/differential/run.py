#!/usr/bin/env python3
# run: the parts of the differential test. "check" tries the comparer, "prepare"
# writes the zones of the worlds and the servers' configurations, "ask" sends the
# questions, each over UDP and over TCP and some over HTTPS, and compares. tests/net/differential.sh calls all three and starts the
# servers before the last.
import argparse
import collections
import os
import sys
import time

import check
import compare
import odd
import servers
import signing
from client import Client, Https, Streams
from differences import RULES
from message import TYPES, Message, query, wire_name
from question import questions
from report import show
from validate import Validator
from zone import FEATURES, World, folded, text

BATCH = 150
HTTPS_BATCHES = 16 # of so many, one is asked over HTTPS, too
SHOWN = 3 # findings in full for each kind


def way_of(number):
    return signing.WAYS[number // 2 % len(signing.WAYS)]


# Every other world is signed. ldns writes labels that need escapes without them.
def worlds(options):
    features = FEATURES - set(options.without.split(","))
    for number in options.world if options.world else range(options.worlds):
        signed = number % 2 == 1
        by_ldns = signed and way_of(number)[0] == "ldns"
        yield World(options.seed, number, features - {"odd"} if by_ldns else features, signed)


def prepare(options):
    os.makedirs(options.dir + "/zones", exist_ok=True)
    keys = signing.Keys(options.dir + "/keys")
    zones, anchors, unsigned = [], [], [("odd.test", options.dir + "/zones/odd.test")]
    servers.write(unsigned[0][1], odd.ZONE)
    for world in worlds(options):
        algorithm = way_of(world.number)[1]
        by_origin = {folded(zone.origin): zone for zone in world.zones}
        for zone in world.zones:
            origin = text(zone.origin)[:-1]
            path = "%s/zones/%s" % (options.dir, origin)
            with open(path, "w") as file:
                file.writelines(line + "\n" for line in zone.lines(lambda name: keys.ds(by_origin[name], algorithm)))
            if zone.secure and world.zone_of(folded(zone.origin)[1:]) is None:
                anchors.append(keys.anchor(zone, algorithm))
            if zone.signed:
                signing.sign(keys, zone, path, way_of(world.number))
            (zones if world.signed else unsigned).append((origin, path))
    servers.write(options.dir + "/anchors", "".join(anchors))
    servers.write_all(options.dir, zones + unsigned, unsigned)


def batches(items):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def check_comparer(options):
    wrong = list(check.complaints())
    for complaint in wrong:
        print("FAIL the comparer: " + complaint)
    return 1 if wrong else 0


# Waits until every server answers for every zone; one that refuses a zone would
# differ in all.
def await_zones(client, every):
    zones = [(world, zone) for world in every for zone in world.zones]
    for _ in range(20):
        missing = []
        for batch in batches(zones):
            wires = [query(wire_name(zone.origin), TYPES["SOA"]) for _, zone in batch]
            for (world, zone), replies in zip(batch, client.collect(client.send(wires), 2)):
                missing += ["%s: %s" % (name, text(zone.origin)) for name in servers.of_world(world)
                            if name not in replies or not Message(replies[name]).sections[0]]
        if not missing:
            return
        time.sleep(0.2)
    sys.exit("these servers do not serve these zones:\n" + "\n".join(missing[:40]))


def ask(options):
    addresses = {name: servers.ADDRESSES[name] for name in servers.OTHERS + ("wadi",)}
    client, streams = Client(addresses, servers.ADDRESSES6), Streams(addresses, servers.ADDRESSES6)
    every = list(worlds(options))
    await_zones(client, every)
    validator = Validator(every, options)
    every = (question for world in every for question in questions(world, options.count))
    if options.question is not None:
        every = (question for question in every if question.number == options.question)
    used, kinds, total = {}, collections.Counter(), 0
    for finding in odd.judge(client, addresses):
        kinds["odd", ("they do or we should",)] += 1
        print("FAIL odd query, %s" % finding)
    https = Https(addresses["wadi"], options.dir + "/wadi/cert.pem")
    pending = None
    for number, batch in enumerate(batches(every)):
        sent = client.send([question.wire for question in batch])
        if pending:
            total += report(*pending, used, kinds, options)
            validator.add(*pending)
        pending = batch, client.collect(sent)
        replies = streams.ask([question.wire for question in batch])
        total += report(batch, replies, used, kinds, options, tcp=True)
        if number % HTTPS_BATCHES == 0:
            total += report(batch, over_https(https, batch, replies), used, kinds, options, tcp=True)
    total += report(*pending, used, kinds, options)
    validator.add(*pending)
    kinds.update(validator.findings())
    print("\nrules of differences.py and how often each explained a difference:")
    for rule in RULES:
        print("  %7d  %s%s" % (used.get(rule.name, 0), rule.name, "" if used.get(rule.name) else "  UNUSED"))
    for signature, count in kinds.most_common():
        print("FAILED %d times: %s other than %s" % (count, signature[0], " ".join(signature[1])))
    print("note: %d questions, %d findings" % (total, sum(kinds.values())))
    return 1 if kinds else 0


# The others' replies over TCP, beside wadi's over HTTPS.
def over_https(https, batch, replies):
    mixed = []
    for number, (question, answers) in enumerate(zip(batch, replies)):
        mixed.append({name: reply for name, reply in answers.items() if name != "wadi"})
        reply = https.ask(number, question.wire)
        if reply:
            mixed[-1]["wadi"] = reply
    return mixed


def report(batch, replies, used, kinds, options, tcp=False):
    for question, answers in zip(batch, replies):
        case = compare.Case(question, answers, servers.of_world(question.world), tcp)
        for finding in compare.judge(case, RULES, used):
            kinds[finding.signature] += 1
            if kinds[finding.signature] <= options.show:
                show(finding, options)
        if options.question is not None:
            show(compare.Finding(case, "asked", []), options)
    return len(batch)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("check", "prepare", "ask"))
    parser.add_argument("dir", help="where the zones and configurations are")
    parser.add_argument("--long", action="store_true", help="ten times the worlds")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--world", type=int, action="append", help="this world only")
    parser.add_argument("--count", type=int, default=1000, help="questions for each world")
    parser.add_argument("--question", type=int, help="this question only, in full")
    parser.add_argument("--brief", action="store_true", help="do not repeat sections that are as ours")
    parser.add_argument("--without", default="", help="features that zones shall not have")
    parser.add_argument("--show", type=int, default=SHOWN, help="findings of a kind to print in full")
    options = parser.parse_args()
    if options.long:
        options.worlds *= 10
    sys.exit({"check": check_comparer, "prepare": prepare, "ask": ask}[options.part](options))


if __name__ == "__main__":
    main()
