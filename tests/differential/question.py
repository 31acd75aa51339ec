# question: random questions around every name of a world, and the names that its
# data lead to. Neighbours: zone.py, which made the world; message.py.
from message import TYPES, opt_record, query, wire_name
from zone import folded, size

COMMON = ["A", "AAAA", "NS", "MX", "TXT", "SOA", "CNAME", "DNAME", "DS", "ANY", "SRV"]
RARE = ["NSEC", "RRSIG", "NSEC3", "DNSKEY", "NSEC3PARAM", "PTR", "NAPTR", "CAA", "HINFO", "RP", "AFSDB", "KX", "LOC",
        "SSHFP", "TLSA", "URI", "SVCB", "HTTPS", "CERT", "EUI48", "SPF", "TYPE65280"]
OTHER = [3, 10, 11, 99, 300, 65281, 65535, 32769]
OPTIONS = [b"", b"", b"", b"\xff\x01\x00\x02hi"]


class Question:
    __slots__ = "name", "qtype", "flags", "size", "do", "wire", "number", "world"

    def __init__(self, world, number, name, qtype, flags, edns, do, options):
        self.world, self.number = world, number
        self.name, self.qtype, self.flags, self.size, self.do = wire_name(name), qtype, flags, edns, do
        opt = opt_record(edns, do, options=options) if edns else b""
        self.wire = query(self.name, qtype, 1, flags, opt)


# Every name that the world's questions start from.
def seeds_of(world):
    for zone in world.zones:
        for name in zone.spelling.values():
            for at in range(min(3, len(name) - len(zone.origin) + 1)):
                yield name[at:]
        for names in zone.targets:
            yield names


def derived(world, rng, name):
    turn = rng.random()
    label = rng.choice(world.labels + [b"nothing", b"*", b"zz"])
    if turn < 0.40:
        return name
    if turn < 0.58:
        return (label,) + name
    if turn < 0.66:
        return (label,) + name[1:]
    if turn < 0.72:
        return name[1:]
    if turn < 0.79:
        return (b"*",) + name
    if turn < 0.85:
        return (label, rng.choice(world.labels)) + name
    if turn < 0.90:
        return name[:1] + (label,) + name[1:]
    if turn < 0.93: # as long as it may be
        while size(name) < 255:
            name = (b"q" * min(63, 254 - size(name)),) + name if size(name) < 254 else (name[0] + b"q",) + name[1:]
            if len(name[0]) > 63:
                break
        return name
    if turn < 0.96:
        return tuple(b"*" if rng.random() < 0.3 else part for part in name)
    return name[:-2] + (rng.choice([b"w%d" % world.number, b"nothing"]), b"test")


def respelled(rng, name):
    return tuple(bytes(c ^ 32 if 65 <= c & 0xdf <= 90 and rng.random() < 0.5 else c for c in label) for label in name)


def qtype_of(world, rng, name):
    turn = rng.random()
    if turn < 0.45:
        there = [rtype for zone in world.zones for rtype in zone.types_at(name)]
        if there:
            return TYPES[rng.choice(there)]
    if turn < 0.85:
        return TYPES[rng.choice(COMMON)]
    if turn < 0.95:
        return TYPES[rng.choice(RARE)]
    return rng.choice(OTHER)


# Flags of a query: RD, CD and AD now and then.
def flags_of(rng):
    return sum(bit for bit, share in ((0x100, 0.2), (0x10, 0.1), (0x20, 0.1)) if rng.random() < share)


def questions(world, count):
    rng = world.rng
    names = list(dict.fromkeys(folded(name) for name in seeds_of(world)))
    number = 0
    while number < count:
        rng.shuffle(names)
        for name in names[:count - number]:
            name = derived(world, rng, name)
            if size(name) > 255 or any(len(label) > 63 or not label for label in name):
                name = world.top
            qtype = qtype_of(world, rng, name)
            if rng.random() < 0.3:
                name = respelled(rng, name)
            edns = rng.choice([0, 512, 1232, 1232, 1232, 1232, 1232, 4096] if world.signed else
                              [0, 0, 512, 1232, 1232, 1232, 4096, 100])
            do = bool(edns) and rng.random() < world.do_share
            options = rng.choice(OPTIONS) if edns else b""
            yield Question(world, number, name, qtype, flags_of(rng), edns, do, options)
            number += 1
