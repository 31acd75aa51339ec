# scenario: what servers are asked: zones, queries, and how these travel. Everything is drawn
# from a seed, so that two runs ask the same.
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from suite.server import RELOADED

APEX = "$TTL 300\n@ SOA ns hostmaster {serial} 3600 900 604800 300\n@ NS ns\nns A 192.0.2.53\n"
QUERIES = 100_000
HOSTED = 10_000
ORIGIN = RELOADED


@dataclass
class Zone:
    name: str
    file: Path
    body: str = field(repr=False, default="")  # behind the apex, as it was written

    def write(self, serial):
        """(Re)writes the zone with that serial, as an operator's program does: by renaming."""
        fresh = self.file.with_suffix(".new")
        with open(fresh, "w") as out:
            out.write(f"$ORIGIN {self.name}.\n" + APEX.format(serial=serial) + self.body)
        fresh.rename(self.file)


@dataclass
class Scenario:
    name: str
    title: str       # one line of the report
    make: callable   # (Random, folder) -> zones, queries of the form (name, type)
    names: int       # names that the zones hold
    transport: str = "udp"
    want_dnssec: bool = False
    ipv6_share: int = 0   # percent of the queries
    figure: bool = False  # one of those that show rate and memory against the size of the zone
    quick: bool = False   # part of --quick
    wires: tuple = ("veth",)
    can_reload: bool = True
    curve: bool = False   # latency is measured at several rates
    check: bool = False   # repeated by another generator

    def write(self, folder):
        """Zones and queries below the folder; deterministic."""
        folder.mkdir()
        chance = random.Random(self.name)
        zones, queries = self.make(chance, folder)
        with open(folder / "queries", "w") as out:
            out.writelines(f"{name} {kind}\n" for name, kind in queries)
        return zones


def zone(folder, body, name=ORIGIN, serial=1):
    made = Zone(name, folder / f"{name}.zone", body)
    made.write(serial)
    return made


def hosts(count):
    return "".join(f"h{n} A 10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\n" for n in range(count))


def addresses(count):
    """Names with one address each, asked for uniformly."""
    def make(chance, folder):
        asked = [(f"h{chance.randrange(count)}.{ORIGIN}.", "A") for _ in range(QUERIES)]
        return [zone(folder, hosts(count))], asked
    return make


def missing(count):
    """Names that do not exist, each asked once."""
    def make(chance, folder):
        asked = [(f"x{chance.getrandbits(48):012x}.{ORIGIN}.", "A") for _ in range(QUERIES)]
        return [zone(folder, hosts(count))], asked
    return make


def hosting(chance, folder):
    """Many small zones."""
    zones = [zone(folder, f"@ A 198.51.100.{n % 250 + 1}\n@ MX 10 mail\nmail A 198.51.100.25\n"
                          f"www CNAME @\n", f"z{n}.example") for n in range(HOSTED)]
    # The suite asks for this one to know whether a server answers.
    zones.append(zone(folder, hosts(1)))
    labels = ["", "www.", "mail."]
    return zones, [(f"{chance.choice(labels)}z{chance.randrange(HOSTED)}.example.", "A") for _ in range(QUERIES)]


def delegations(count):
    """A zone like a top-level domain's: referrals, one in three with DS."""
    def make(chance, folder):
        lines = []
        for n in range(count):
            lines.append(f"d{n} NS ns1.d{n}\nd{n} NS ns2.host{n % 997}.example.net.\nns1.d{n} A 198.51.100.{n % 250 + 1}\n")
            if n % 3 == 0:
                lines.append(f"d{n} DS {n % 65536} 13 2 {chance.getrandbits(256):064x}\n")
        return [zone(folder, "".join(lines))], [(f"www.d{chance.randrange(count)}.{ORIGIN}.", "A") for _ in range(QUERIES)]
    return make


def mixed(count):
    """Types as resolvers ask for them; one name in ten does not exist."""
    def make(chance, folder):
        lines = [f"h{n} A 10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\nh{n} AAAA 2001:db8::{n:x}\n"
                 f"h{n} MX 10 mail{n % 100}\nh{n} TXT \"v=spf1 a mx -all\"\n" for n in range(count)]
        lines += [f"mail{n} A 198.51.100.{n}\n" for n in range(100)]
        lines += [f"a{n} CNAME h{n}\n" for n in range(count // 10)]
        kinds, weights = ["A", "AAAA", "MX", "TXT", "NS", "HTTPS", "CNAME"], [50, 25, 8, 5, 2, 8, 2]
        return [zone(folder, "".join(lines))], [(name_of(chance, count), chance.choices(kinds, weights)[0])
                                                for _ in range(QUERIES)]

    def name_of(chance, count):
        what = chance.randrange(10)
        if what == 0:
            return f"x{chance.getrandbits(32):08x}.{ORIGIN}."
        if what == 1:
            return f"a{chance.randrange(count // 10)}.{ORIGIN}."
        return f"h{chance.randrange(count)}.{ORIGIN}."
    return make


def signed(count):
    """A signed zone; one query in five is for a name that does not exist."""
    def make(chance, folder):
        made = [zone(folder, hosts(count))]
        sign(made[0])
        return made, [(f"{chance.choice('hhhhx')}{chance.randrange(count)}.{ORIGIN}.", "A") for _ in range(QUERIES)]
    return make


def sign(made):
    """Signs the zone in its file, by ldns; later serials are not needed of a signed zone."""
    folder = made.file.parent
    key = subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-r", "/dev/urandom", made.name], cwd=folder,
                         check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["ldns-signzone", "-f", str(made.file) + ".signed", str(made.file), key], cwd=folder, check=True)
    Path(str(made.file) + ".signed").rename(made.file)


def all_scenarios():
    sizes = [Scenario(f"names-{count}", f"{count:,} names", addresses(count), count, figure=True,
                      quick=count == 100_000, curve=count == 100_000, check=count == 100_000, wires=("veth", "memif"))
             for count in (1_000, 10_000, 100_000, 1_000_000)]
    return [
        Scenario("small", "10 names", addresses(10), 10, figure=True, quick=True),
        *sizes,
        Scenario("hosting", f"{HOSTED:,} zones of a web host", hosting, HOSTED),
        Scenario("tld", "100,000 delegations", delegations(100_000), 100_000),
        Scenario("nxdomain", "names that do not exist", missing(100_000), 100_000, can_reload=False),
        Scenario("signed", "signed zone, DO set", signed(10_000), 10_000, want_dnssec=True, can_reload=False),
        Scenario("mixed", "mixed types", mixed(20_000), 20_000),
        Scenario("tcp-kept", "TCP, connections kept open", addresses(100_000), 100_000, transport="tcp", can_reload=False),
        Scenario("tcp-each", "TCP, one connection a query", addresses(100_000), 100_000, transport="tcp-each", can_reload=False),
        Scenario("ipv6", "40 % over IPv6", addresses(100_000), 100_000, ipv6_share=40, can_reload=False),
    ]
