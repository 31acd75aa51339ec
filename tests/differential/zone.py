# zone: random worlds, each some zones with all that a lookup can meet. A world
# depends on its seed and number alone, so that any of them can be made again.
# Neighbour: question.py, which asks about them.
import random
import socket

from message import lower, name_text, wire_name

PLAIN = [b"a", b"b", b"c", b"d", b"www", b"mail", b"ns", b"x-1", b"_sip", b"_tcp", b"MiXed", b"B", b"0"]
ODD = [b"a.b", b"\\", b"sp ace", b"\x00", b"\xff\x80", b"@", b'"q"', b";c", b"$t", b"(", b"z" * 63, b"A" * 40, b"aB" * 31]
DS_OF_CHILD = "@"
TTLS = [0, 30, 300, 3600, 86400, 604800]


# Names are tuples of labels, the leftmost first, as spelled; folded() finds them.
def folded(name):
    return tuple(lower(label) for label in name)


def text(name):
    return name_text(wire_name(name))


def size(name):
    return sum(len(label) + 1 for label in name) + 1


def below(name, ancestor):
    return len(name) > len(ancestor) and folded(name[len(name) - len(ancestor):]) == folded(ancestor)


class Zone:
    def __init__(self, origin):
        self.origin = origin
        self.signed = self.secure = False # secure: signed, and the parent knows it
        self.kinds = {}    # folded name: cname, dname, cut, glue or data
        self.spelling = {} # folded name: as the file spells it
        self.sets = {}     # (folded name, type): [ttl, data...]
        self.types = {}    # folded name: types
        self.known = set() # folded names with data at or below them, when first asked for
        self.targets = []  # names that data point at

    def reserve(self, name, kind):
        self.kinds[folded(name)] = kind
        self.spelling.setdefault(folded(name), name)

    def above(self, name, *kinds):
        name = folded(name)
        return any(self.kinds.get(name[at:]) in kinds for at in range(1, len(name) - len(self.origin)))

    def has_below(self, name):
        return any(below(other, name) for other in self.kinds)

    def add(self, rng, name, rtype, *rdata):
        if (folded(name), rtype) not in self.sets:
            self.types.setdefault(folded(name), []).append(rtype)
        entry = self.sets.setdefault((folded(name), rtype), [rng.choice(TTLS)])
        entry += [data for data in rdata if data not in entry]
        self.spelling.setdefault(folded(name), name)

    # Data of the addresses of a name, in wire form.
    def addresses(self, name, rtype):
        family = socket.AF_INET if rtype == "A" else socket.AF_INET6
        return {socket.inet_pton(family, data) for data in self.sets.get((name, rtype), (0,))[1:]}

    # The owner whose data answer for a name: itself, or a wildcard.
    def source(self, name):
        if self.exists(name):
            return name
        while len(name) > len(self.origin) and not self.exists(name):
            name = name[1:]
        return (b"*",) + name

    # Whether a name is there, if only because others are below it.
    def exists(self, name):
        if not self.known:
            for owner in self.types:
                self.known.update(owner[at:] for at in range(len(owner) - len(self.origin) + 1))
        return name in self.known

    def types_at(self, name):
        return self.types.get(folded(name), ())

    # ds: origin of a child to the data of its DS.
    def lines(self, ds=None):
        apex = folded(self.origin)
        for (name, rtype), (ttl, *rdata) in sorted(
                self.sets.items(), key=lambda item: (item[0] != (apex, "SOA"), item[0][0][::-1], item[0][1])):
            for data in rdata:
                if data == DS_OF_CHILD:
                    data = ds(name)
                yield "%s %d IN %s %s" % (text(self.spelling[name]), ttl, rtype, data)


class World:
    # features: what random choice may use; see FEATURES. signed: whether zones are.
    def __init__(self, seed, number, features, signed=False):
        self.rng = random.Random("%s/%s" % (seed, number))
        self.number, self.features = number, features
        self.signed = signed
        self.longest = 253 if signed else 255 # signers put an asterisk before each name
        self.do_share = 0.8 if signed else 0.15
        top = (b"w%d" % number, b"test")
        self.top = top
        self.types = [rtype for rtype in DATA if rtype in COMMON or "rare" in features
                      if rtype not in ("SVCB", "HTTPS") or "svcb" in features]
        # NSD does not read an escaped backslash at the end of a label, as signers write it.
        odd = [label for label in ODD if not signed or not label.endswith(b"\\")]
        self.labels = PLAIN + (odd if self.has("odd", 0.3) else [])
        origins = [(b"example",) + top]
        origins.append((self.rng.choice([b"sub", b"a", b"Sub"]),) + origins[0])
        if self.chance(0.5):
            origins.append((b"c", b"b") + origins[self.rng.randrange(2)])
        origins.append((b"other",) + top)
        self.zones = [Zone(origin) for origin in origins]
        for zone in self.zones:
            self.skeleton(zone)
        for zone in self.zones:
            self.fill(zone)
        for zone in self.zones:
            self.clear_dnames(zone)
        if "huge" in features:
            self.add_huge(self.zones[0])
        if signed:
            self.choose_signed()

    # Sets that fit no datagram, some of them no buffer of 16 KiB, to which compression points.
    def add_huge(self, zone):
        rng = self.rng
        names = {label: (label,) + zone.origin for label in (b"huge", b"hosts", b"mails", b"hub")}
        for name in names.values():
            if folded(name) in zone.kinds:
                return
        for label in (b"huge", b"hosts", b"mails"):
            zone.reserve(names[label], "data")
        zone.add(rng, names[b"huge"], "TXT", *('"%03d%s"' % (i, "x" * rng.randrange(150, 200)) for i in range(rng.choice([30, 230]))))
        zone.add(rng, names[b"hosts"], "A", *("198.51.%d.%d" % (i // 250, i % 250) for i in range(rng.choice([300, 2000]))))
        zone.add(rng, names[b"mails"], "MX", *("%d %s" % (i, text((b"m%d" % (i % 70),) + names[b"hub"])) for i in range(150)))
        zone.reserve(names[b"hub"], "cut")
        for i in range(rng.choice([13, 60])):
            server = (b"ns%d" % i,) + names[b"hub"]
            zone.add(rng, names[b"hub"], "NS", text(server))
            zone.reserve(server, "glue")
            zone.add(rng, server, "A", "203.0.113.%d" % i)
            zone.add(rng, server, "AAAA", "2001:db8:1::%x" % (i + 1))

    # Signed children of signed parents have a DS, of which signing.py makes a real one.
    def choose_signed(self):
        for zone in self.zones:
            parent = self.zone_of(folded(zone.origin)[1:])
            zone.signed = parent is None or self.chance(0.7)
            zone.secure = zone.signed and (parent is None or parent.secure)
            if parent is None:
                continue
            parent.sets.pop((folded(zone.origin), "DS"), None)
            if zone.signed and parent.signed and parent.kinds.get(folded(zone.origin)) == "cut" and self.chance(0.8):
                parent.add(self.rng, zone.origin, "DS", DS_OF_CHILD)
            else:
                zone.secure = False

    # NSD refuses a DNAME below which another of its zones has a name.
    def clear_dnames(self, zone):
        for name, rtype in list(zone.sets):
            if rtype == "DNAME" and any(below(owner, name) for other in self.zones for owner, _ in other.sets):
                del zone.sets[name, rtype]
                zone.types[name].remove(rtype)
                zone.add(self.rng, name, "TXT", '"no DNAME"')

    # The zone that a folded name is in, or None.
    def zone_of(self, name):
        homes = [zone for zone in self.zones if name == folded(zone.origin) or below(name, zone.origin)]
        return max(homes, key=lambda zone: len(zone.origin), default=None)

    def chance(self, share):
        return self.rng.random() < share

    def has(self, feature, share):
        return feature in self.features and self.chance(share)

    def skeleton(self, zone):
        rng = self.rng
        zone.reserve(zone.origin, "apex")
        for child in self.zones:
            # A parent that does not know its child is somebody's mistake.
            if below(child.origin, zone.origin) and not zone.above(child.origin, "cut") and (
                    self.signed or self.chance(0.93)):
                zone.reserve(child.origin, "cut")
        for _ in range(rng.randrange(12, 45)):
            name = rng.choice(list(zone.spelling.values()))
            if len(name) - len(zone.origin) > 3 and self.chance(0.95):
                continue
            for _ in range(rng.choice([1, 1, 1, 2, 3])):
                name = (rng.choice(self.labels),) + name
            if self.chance(0.2):
                name = (b"*",) + name
            if self.has("deep", 0.02):
                while size(name) < 230:
                    name = (rng.choice(self.labels),) + name
            self.place(zone, name)

    # Which kind of owner a name becomes, within what zone files may hold.
    def place(self, zone, name):
        wild = name[0] == b"*"
        if size(name) > self.longest or folded(name) in zone.kinds or zone.above(name, "dname"):
            return
        if zone.above(name, "cut"):
            kind = "glue" if self.chance(0.8) or "occluded" not in self.features else "hidden"
        elif self.chance(0.12) and (not wild or "wildcard ns" in self.features) and (
                "occluded" in self.features or not zone.has_below(name)):
            kind = "cut"
        elif self.has("dname", 0.08) and not zone.has_below(name) and (not wild or "wildcard dname" in self.features):
            kind = "dname"
        elif self.chance(0.3):
            kind = "cname"
        else:
            kind = "data"
        zone.reserve(name, kind)

    # Some name of the world, or outside of it, to point at.
    def target(self, zone, owner=None):
        rng = self.rng
        home = zone if self.chance(0.6) else rng.choice(self.zones)
        name = rng.choice(list(home.spelling.values()))
        turn = rng.random()
        if turn < 0.5:
            pass
        elif turn < 0.65:
            name = (rng.choice(self.labels),) + name
        elif turn < 0.72:
            name = (rng.choice(self.labels), rng.choice(self.labels)) + name
        elif turn < 0.76 and len(name) > len(home.origin):
            name = name[1:]
        elif turn < 0.80:
            name = (b"nothing",) + home.origin
        elif turn < 0.87:
            name = (rng.choice(self.labels), b"elsewhere") + self.top
        elif turn < 0.9 and owner:
            name = owner
        elif turn < 0.95:
            wilds = [n for n in home.spelling.values() if n[0] == b"*"]
            if wilds:
                name = (rng.choice(self.labels),) + rng.choice(wilds)[1:]
        if self.chance(0.15):
            name = tuple(label.swapcase() for label in name)
        if size(name) > 255:
            return zone.origin
        zone.targets.append(name)
        return name

    def address(self, zone, name, least=1):
        rng = self.rng
        chosen = [t for t in ("A", "AAAA") if self.chance(0.6)] or ["A"]
        for rtype in chosen:
            count = rng.choice([least, least, 2, 3]) if not self.chance(0.02) else 60
            zone.add(rng, name, rtype, *(
                "192.0.2.%d" % rng.randrange(256) if rtype == "A" else "2001:db8::%x" % rng.randrange(1, 65536)
                for _ in range(count)))

    def fill(self, zone):
        rng = self.rng
        zone.add(rng, zone.origin, "SOA", "%s %s 1 3600 900 604800 %d" % (
            text(self.target(zone)), text((b"host.master",) + zone.origin), rng.choice([0, 60, 300, 7200])))
        self.servers(zone, zone.origin)
        self.data(zone, zone.origin)
        for name, kind in list(zone.kinds.items()):
            name = zone.spelling[name]
            if kind == "cname":
                zone.add(rng, name, "CNAME", text(self.target(zone, name)))
            elif kind == "dname":
                zone.add(rng, name, "DNAME", text(self.far_target(zone)))
                if self.chance(0.3):
                    self.address(zone, name)
            elif kind == "cut":
                self.servers(zone, name)
                if "ds" in self.features and self.chance(0.4):
                    zone.add(rng, name, "DS", "%d 13 2 %064x" % (rng.randrange(65536), rng.getrandbits(256)))
                if self.has("occluded", 0.1):
                    self.data(zone, name)
            elif kind == "glue":
                self.address(zone, name)
            elif kind in ("data", "hidden"):
                self.data(zone, name)
                if kind == "hidden" and self.chance(0.3):
                    self.servers(zone, name)

    # Targets that make long names overflow, or that loop.
    def far_target(self, zone):
        if self.chance(0.2):
            return (b"l" * 63, b"m" * 63, b"n" * self.rng.randrange(1, 40)) + zone.origin
        target = self.target(zone)
        return target

    # NS records of the apex or of a cut, with glue of all sorts.
    def servers(self, zone, name):
        rng = self.rng
        for _ in range(rng.choice([1, 2, 2, 3])):
            turn = rng.random()
            if turn < 0.35 and size(name) < 240:
                server = (rng.choice([b"ns", b"ns1", b"NS2"]),) + name
            elif turn < 0.6:
                server = (rng.choice([b"ns", b"ns1"]),) + zone.origin
            elif turn < 0.8:
                server = self.target(zone)
            else:
                server = (b"ns", b"elsewhere") + self.top
            inside = below(server, zone.origin)
            if name == zone.origin and (inside or folded(server) == folded(name)): # BIND wants the addresses of these
                server = (b"ns9",) + zone.origin
                self.address(zone, server)
            zone.add(rng, name, "NS", text(server))
            inside = inside and folded(server) not in zone.kinds
            if inside and size(server) <= self.longest and not zone.above(server, "dname") and self.chance(0.85):
                self.address(zone, server)
                zone.reserve(server, "glue" if zone.above(server, "cut") else "data")

    def data(self, zone, name):
        rng = self.rng
        if self.chance(0.6):
            self.address(zone, name)
        for _ in range(rng.choice([0, 1, 1, 2])):
            rtype = rng.choice(self.types)
            count = rng.choice([1, 1, 2, 3]) if not self.has("big", 0.12) else rng.randrange(10, 40)
            zone.add(rng, name, rtype, *(DATA[rtype](self, rng, zone) for _ in range(count)))
        if not any(key[0] == folded(name) for key in zone.sets):
            zone.add(rng, name, "TXT", '"only"')


def some_text(world, rng, zone):
    return " ".join('"%s"' % "".join(rng.choices("abc xyz=;\\", k=rng.randrange(0, 60))).replace("\\", "\\092")
                    for _ in range(rng.choice([1, 1, 2])))


def address_target(world, rng, zone):
    return text(world.target(zone))


def service(world, rng, zone):
    if world.chance(0.3):
        return "0 %s" % address_target(world, rng, zone)
    return "%d %s alpn=h2,h3 port=%d" % (rng.randrange(1, 9), rng.choice([".", address_target(world, rng, zone)]),
                                         rng.randrange(1, 65536))


DATA = {
    "MX": lambda w, r, z: "%d %s" % (r.randrange(100), address_target(w, r, z)),
    "TXT": some_text,
    "SRV": lambda w, r, z: "%d %d %d %s" % (r.randrange(9), r.randrange(9), r.randrange(65536), address_target(w, r, z)),
    "NAPTR": lambda w, r, z: '%d 10 "%s" "SIP+D2U" "" %s' % (r.randrange(99), r.choice(["S", "A", "U", ""]), address_target(w, r, z)),
    "PTR": address_target,
    "CAA": lambda w, r, z: '%d issue "ca%d.example"' % (r.choice([0, 128]), r.randrange(99)),
    "HINFO": lambda w, r, z: '"cpu %d" "os"' % r.randrange(9),
    "RP": lambda w, r, z: "%s %s" % (address_target(w, r, z), address_target(w, r, z)),
    "AFSDB": lambda w, r, z: "%d %s" % (r.randrange(3), address_target(w, r, z)),
    "KX": lambda w, r, z: "%d %s" % (r.randrange(9), address_target(w, r, z)),
    "LOC": lambda w, r, z: "52 14 %d.000 N 00 08 29.000 E %d.00m 1.00m 10000.00m 10.00m" % (r.randrange(60), r.randrange(99)),
    "SSHFP": lambda w, r, z: "4 2 %064x" % r.getrandbits(256),
    "TLSA": lambda w, r, z: "3 1 1 %064x" % r.getrandbits(256),
    "URI": lambda w, r, z: '%d 1 "https://example.net/%d"' % (r.randrange(99), r.randrange(99)),
    "SVCB": service,
    "HTTPS": service,
    "CERT": lambda w, r, z: "1 %d 5 YWJjZA==" % r.randrange(65536),
    "EUI48": lambda w, r, z: "00-00-5e-00-53-%02x" % r.randrange(256),
    "SPF": lambda w, r, z: '"v=spf1 -all %d"' % r.randrange(99),
    "TYPE65280": lambda w, r, z: "\\# 4 %08x" % r.getrandbits(32),
}

COMMON = ["MX", "TXT", "SRV", "NAPTR", "PTR", "CAA", "HINFO", "RP", "TYPE65280"]
FEATURES = {"odd", "deep", "big", "huge", "dname", "wildcard dname", "ds", "rare", "svcb"}
