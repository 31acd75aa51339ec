# message: DNS messages read and written byte by byte, so that what a library
# would hide stays visible: compression, spelling, the place of OPT, what follows
# the last record. Names are wire form without compression. Neighbour: compare.py.
import struct

TYPES = dict(A=1, NS=2, MD=3, MF=4, CNAME=5, SOA=6, MB=7, MG=8, MR=9, NULL=10, WKS=11, PTR=12, HINFO=13,
             MINFO=14, MX=15, TXT=16, RP=17, AFSDB=18, RT=21, SIG=24, PX=26, AAAA=28, LOC=29, NXT=30, SRV=33,
             NAPTR=35, KX=36, CERT=37, DNAME=39, OPT=41, APL=42, DS=43, SSHFP=44, RRSIG=46, NSEC=47,
             DNSKEY=48, DHCID=49, NSEC3=50, NSEC3PARAM=51, TLSA=52, CDS=59, CDNSKEY=60, SVCB=64, HTTPS=65,
             SPF=99, EUI48=108, TSIG=250, IXFR=251, AXFR=252, MAILB=253, MAILA=254, ANY=255, URI=256,
             CAA=257, TYPE65280=65280)
TYPE_TEXT = {number: text for text, number in TYPES.items()}
CLASSES = {1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN",
          9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS", 23: "BADCOOKIE"}

# Where names stand in record data: fixed bytes before, names, what follows.
NAMES = {2: (0, 1), 3: (0, 1), 4: (0, 1), 5: (0, 1), 6: (0, 2), 7: (0, 1), 8: (0, 1), 9: (0, 1), 12: (0, 1),
         14: (0, 2), 15: (2, 1), 17: (0, 2), 18: (2, 1), 21: (2, 1), 24: (18, 1), 26: (2, 2), 30: (0, 1),
         33: (6, 1), 36: (2, 1), 39: (0, 1), 46: (18, 1), 47: (0, 1), 64: (2, 1), 65: (2, 1)}
# RFC 3597 section 4: only in these may names be compressed.
COMPRESSIBLE = {2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15}

LOWER = bytes(c + 32 if 65 <= c <= 90 else c for c in range(256))


class Malformed(Exception):
    pass


# Length bytes are at most 63, so lowering a name in wire form leaves them alone.
def lower(name):
    return name.translate(LOWER)


def labels_of(name):
    labels, at = [], 0
    while name[at]:
        labels.append(name[at + 1:at + 1 + name[at]])
        at += 1 + name[at]
    return labels


def wire_name(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def label_text(label):
    return "".join(chr(c) if 48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122 or c in b"-_*/+" else
                   "\\." if c == 46 else "\\%03d" % c for c in label)


def name_text(name):
    return "".join(label_text(label) + "." for label in labels_of(name)) or "."


# Long names in reports: their beginning and end.
def short_text(name):
    text = name_text(name)
    return text if len(text) <= 90 else text[:40] + "~~" + text[-46:]


def type_text(number):
    return TYPE_TEXT.get(number, "TYPE%d" % number)


class Record:
    __slots__ = "owner", "type", "rclass", "ttl", "rdata", "spelled", "key"

    def __init__(self, owner, rtype, rclass, ttl, rdata, spelled):
        self.owner, self.type, self.rclass, self.ttl, self.rdata = lower(owner), rtype, rclass, ttl, rdata
        self.spelled = spelled  # owner and data as they were written
        self.key = (self.owner, rtype, rclass, ttl, rdata)

    def __str__(self):
        return "%s %d %s %s %s" % (short_text(self.owner), self.ttl, CLASSES.get(self.rclass, self.rclass),
                                   type_text(self.type), rdata_text(self.type, self.rdata))


# The names in the data of a record.
def names_in(record):
    if record.type == 35:
        at = 4
        for _ in range(3):
            at += 1 + record.rdata[at]
        return [record.rdata[at:]]
    at, count = NAMES.get(record.type, (0, 0))
    names = []
    for _ in range(count):
        start = at
        while record.rdata[at]:
            at += 1 + record.rdata[at]
        at += 1
        names.append(record.rdata[start:at])
    return names


def rdata_text(rtype, rdata):
    try:
        if rtype == 1 and len(rdata) == 4:
            return ".".join(map(str, rdata))
        if rtype == 16:
            return '"%s"%s' % (label_text(rdata[1:13]), "..." if len(rdata) > 13 else "")
        if rtype == 46:
            covered, algorithm, _, _, _, _, tag = struct.unpack("!HBBIIIH", rdata[:18])
            return "%s alg %d tag %d" % (type_text(covered), algorithm, tag)
        if rtype in NAMES:
            fixed = NAMES[rtype][0]
            names = names_in(Record(b"\0", rtype, 1, 0, rdata, None))
            rest = rdata[fixed + sum(map(len, names)):]
            words = list(struct.unpack("!%dH" % (fixed // 2), rdata[:fixed])) + [short_text(name) for name in names]
            return " ".join(map(str, words)) + (" " + rest[:24].hex() if rest else "")
    except (IndexError, struct.error):
        pass
    return rdata[:40].hex() + ("..." if len(rdata) > 40 else "")


# A reply. Sections are lists of records in their order; opt is the OPT record.
class Message:
    __slots__ = ("raw", "id", "flags", "counts", "question", "sections", "opt", "opt_last", "tail",
                 "bad_pointers")

    def __init__(self, raw):
        if len(raw) < 12:
            raise Malformed("%d bytes are no header" % len(raw))
        self.raw = raw
        self.id, self.flags, *self.counts = struct.unpack_from("!6H", raw)
        self.sections = ([], [], [])
        self.opt, self.opt_last, self.bad_pointers = None, True, []
        seen = {}
        at = 12
        try:
            for _ in range(self.counts[0]):
                _, at = self._name(at, seen)
                at += 4
            self.question = raw[12:at]
            for number, section in enumerate(self.sections):
                for _ in range(self.counts[number + 1]):
                    at = self._record(at, number, section, seen)
        except (IndexError, struct.error):
            raise Malformed("cut short after %d bytes" % len(raw)) from None
        if at > len(raw):
            raise Malformed("cut short after %d bytes" % len(raw))
        self.tail = raw[at:]

    def _name(self, at, seen):
        raw = self.raw
        known = seen.get(at)
        if known:
            return known
        start, wire, end, limit = at, b"", None, at
        while True:
            length = raw[at]
            if length == 0:
                wire += b"\0"
                end = end or at + 1
                break
            if length < 64:
                if at + 1 + length >= len(raw):
                    raise IndexError
                wire += raw[at:at + 1 + length]
                at += 1 + length
                if len(wire) > 254:
                    raise Malformed("a name has more than 255 bytes")
                continue
            target = (length & 63) << 8 | raw[at + 1]
            if length < 192 or target >= limit or target < 12:
                raise Malformed("a pointer at %d leads to %d" % (at, target))
            end = end or at + 2
            at = limit = target
        seen[start] = wire, end
        return wire, end

    def _record(self, at, number, section, seen):
        raw = self.raw
        owner, at = self._name(at, seen)
        rtype, rclass, ttl, size = struct.unpack_from("!HHIH", raw, at)
        at += 10
        end = at + size
        if end > len(raw):
            raise IndexError
        if rtype == 41:
            if self.opt or number != 2:
                raise Malformed("OPT twice or outside of the additional section")
            self.opt = owner, rclass, ttl, raw[at:end]
            return end
        self.opt_last = self.opt is None
        rdata = spelled = raw[at:end]
        if rtype in NAMES:
            fixed, count = NAMES[rtype]
            parts = [raw[at:at + fixed]]
            place = at + fixed
            for _ in range(count):
                name, after = self._name(place, seen)
                if after - place != len(name) and rtype not in COMPRESSIBLE:
                    self.bad_pointers.append(rtype)
                parts.append(name)
                place = after
            if place > end:
                raise Malformed("the data of %s is too short" % type_text(rtype))
            parts.append(raw[place:end])
            spelled = b"".join(parts)
            rdata = b"".join([parts[0]] + [lower(part) for part in parts[1:1 + count]] + parts[1 + count:])
        elif rtype == 35: # NAPTR: two numbers, three strings, a name
            name_at = at + 4
            for _ in range(3):
                name_at += 1 + raw[name_at]
            name, after = self._name(name_at, seen)
            if after - name_at != len(name):
                self.bad_pointers.append(rtype)
            spelled = raw[at:name_at] + name
            rdata = raw[at:name_at] + lower(name)
        section.append(Record(owner, rtype, rclass, ttl, rdata, (owner, spelled)))
        return end

    # Code and data of each EDNS option.
    def options(self):
        data, at = self.opt[3], 0
        while at + 4 <= len(data):
            code, size = struct.unpack_from("!HH", data, at)
            yield code, data[at + 4:at + 4 + size]
            at += 4 + size
        if at != len(data):
            raise Malformed("OPT has a tail of %d bytes" % (len(data) - at))

    @property
    def rcode(self):
        return self.flags & 15 | (self.opt[2] >> 24 << 4 if self.opt else 0)

    # Bytes of the message if no name were compressed.
    @property
    def full_size(self):
        return 12 + len(self.question) + (11 + len(self.opt[3]) if self.opt else 0) + sum(
            len(record.owner) + 10 + len(record.rdata) for section in self.sections for record in section)

    @property
    def aa(self):
        return bool(self.flags & 0x400)

    @property
    def tc(self):
        return bool(self.flags & 0x200)

    def header_text(self):
        flags = [text for bit, text in ((0x8000, "qr"), (0x400, "aa"), (0x200, "tc"), (0x100, "rd"),
                                        (0x80, "ra"), (0x40, "z"), (0x20, "ad"), (0x10, "cd")) if self.flags & bit]
        opcode = self.flags >> 11 & 15
        text = [RCODES.get(self.rcode, str(self.rcode)), "+".join(flags), "%d bytes" % len(self.raw)]
        if opcode:
            text.insert(0, "opcode %d" % opcode)
        if self.opt:
            text.append("edns %d do %d size %d opts %s" % (self.opt[2] >> 16 & 255, self.opt[2] >> 15 & 1,
                                                           self.opt[1], self.opt[3].hex() or "none"))
        return " ".join(text)


def opt_record(size=1232, do=False, version=0, options=b"", flags=0):
    return b"\0" + struct.pack("!HHIH", 41, size, version << 16 | do << 15 | flags, len(options)) + options


def query(name, qtype, qclass=1, flags=0, opt=b""):
    return (struct.pack("!6H", 0, flags, 1, 0, 0, 1 if opt else 0) + name + struct.pack("!HH", qtype, qclass) + opt)
