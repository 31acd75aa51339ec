# nsd: the language of nsd.conf: sections, and in them lines of a key and a value.
import re
from dataclasses import dataclass
from pathlib import Path

from importer.made import Trouble

SECTIONS = ("server", "remote-control", "zone", "pattern", "key", "tls-auth", "verify", "dnstap")
INCLUDES_MAX = 20
FOLDER = "/etc/nsd"

TRANSFERS = "there are no zone transfers yet"
LEFT = {
    "request-xfr": TRANSFERS, "allow-notify": TRANSFERS, "notify": TRANSFERS, "provide-xfr": TRANSFERS, "outgoing-interface": TRANSFERS,
    "store-ixfr": TRANSFERS, "create-ixfr": TRANSFERS, "xfrdfile": TRANSFERS, "xfrdir": TRANSFERS, "zone-stats": "see wadi-ctl stats",
    "logfile": "messages go to standard error: see the section log of wadi-dns --help-config",
    "log-only-syslog": "messages go to standard error: see the section log of wadi-dns --help-config",
    "chroot": "the process keeps only the files and system calls that it needs: see sandbox in wadi-dns --help-config",
}
SILENT = {"verbosity", "pidfile", "database", "reuseport", "cpu-affinity", "send-buffer-size", "receive-buffer-size", "debug-mode", "round-robin",
          "do-ip4", "do-ip6", "ip-transparent", "ip-freebind", "zonefiles-check", "zonefiles-write", "minimal-responses", "confine-to-zone",
          "xfrd-reload-timeout", "tcp-reject-overflow", "log-time-ascii", "log-time-iso"}
NUMBERS = {
    "ipv4-edns-size": ("udp_size", 512, 4096), "ipv6-edns-size": ("udp_size", 512, 4096), "tcp-count": ("tcp.max_connections", 1, 16777216),
    "tcp-timeout": ("tcp.idle_timeout_s", 1, 3600), "rrl-slip": ("rate_limit.slip", 0, 10), "rrl-size": ("rate_limit.table_size", 64, 67108864),
    "rrl-ipv4-prefix-length": ("rate_limit.ipv4_prefix", 1, 32), "rrl-ipv6-prefix-length": ("rate_limit.ipv6_prefix", 1, 64),
}
RATES = ("responses", "nodata", "referrals", "nxdomains", "errors")


@dataclass
class Line:
    key: str
    value: str
    place: str


def looks_like(text):
    """Its first line that is no comment names a section, or includes a file without a semicolon."""
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line:
            return bool(re.fullmatch(r"[a-z-]+:(\s.*)?", line)) and not line.endswith((";", "{"))
    return False


def lines_of(file, depth=0):
    try:
        text = file.read_text("utf-8", "replace")
    except OSError as fault:
        raise Trouble(f"{file}: {fault.strerror}") from None
    for number, line in enumerate(text.splitlines(), 1):
        place = f"{file}:{number}"
        found = re.fullmatch(r'\s*([a-z0-9-]+):\s*("[^"]*"|[^#]*?)\s*(#.*)?', line)
        if found and found[1] == "include":
            yield from included(file, found[2].strip('"'), place, depth)
        elif found:
            yield Line(found[1], found[2].strip('"'), place)
        elif line.split("#")[0].strip():
            raise Trouble(f"{place}: '{line.strip()}' is no key with a value")


def included(file, name, place, depth):
    if depth == INCLUDES_MAX:
        raise Trouble(f"{place}: files include each other more than {INCLUDES_MAX} deep")
    folder, pattern = (Path("/"), name[1:]) if name.startswith("/") else (file.parent, name)
    found = sorted(folder.glob(pattern))
    if not found and "*" not in name:
        raise Trouble(f"{place}: {name}: no such file")
    for one in found:
        yield from lines_of(one, depth + 1)


def sections_of(file):
    """(name, place, lines) in their order; several sections server are as one."""
    made = []
    for line in lines_of(file):
        if line.key in SECTIONS and not line.value:
            made.append((line.key, line.place, []))
        elif not made:
            raise Trouble(f"{line.place}: {line.key} stands in no section such as server:")
        else:
            made[-1][2].append(line)
    return made


def zone_file(pattern, name):
    """The name in the forms that nsd.conf has: %s, its characters, its labels from the end."""
    labels = name.split(".")
    parts = {"%s": name, "%1": name[:1] or ".", "%2": name[1:2] or ".", "%3": name[2:3] or ".",
             "%z": labels[-1], "%y": labels[-2] if len(labels) > 1 else ".", "%x": labels[-3] if len(labels) > 2 else "."}
    return re.sub("%[s123zyx]", lambda found: parts[found[0]], pattern)


class Import:
    def __init__(self, made):
        self.made, self.folder, self.zone_list = made, Path(FOLDER), None
        self.patterns = {}

    def server(self, line):
        key, value, made = line.key, line.value, self.made
        if key in NUMBERS:
            made.number(NUMBERS[key][0], line.place, key, value, *NUMBERS[key][1:])
        elif key in ("ip-address", "interface"):
            address, _, port = (value.split() or [""])[0].partition("@")
            if port not in ("", "53"):
                made.leave(line.place, f"{key} {value}", "wadi-dns answers at port 53")
            else:
                made.listen(line.place, address)
        elif key == "port" and value != "53":
            made.leave(line.place, key, "wadi-dns answers at port 53")
        elif key == "server-count":
            made.number("/workers", line.place, key, value, 1, 64)
        elif key == "username":
            made.take("/user", value.split(".")[0])
        elif key in ("version", "identity"):
            made.take(key, value)
        elif key in ("hide-version", "hide-identity"):
            if value == "yes":
                made.take(key[5:], "")
        elif key == "nsid":
            self.nsid(line)
        elif key == "refuse-any":
            made.take("any", "refuse" if value == "yes" else "all")
        elif key == "answer-cookie":
            made.take("cookies.enabled", value == "yes")
        elif key == "cookie-secret" and re.fullmatch("[0-9a-fA-F]{32}", value):
            made.take("cookies.secrets", [value])
        elif key == "rrl-ratelimit":
            self.rate(line)
        elif key.startswith("tls-"):
            self.tls(line)
        elif key == "zonesdir":
            self.folder = Path(value)
        elif key == "zonelistfile":
            self.zone_list = line
        elif key not in SILENT and key != "port":
            made.leave(line.place, key, LEFT.get(key, "wadi-dns has no such key"))

    def nsid(self, line):
        """Hexadecimal digits, or text behind "ascii_"."""
        try:
            text = line.value[6:] if line.value.startswith("ascii_") else bytes.fromhex(line.value).decode("ascii")
        except ValueError:
            self.made.leave(line.place, line.key, "here it is text")
            return
        self.made.take("nsid", text)

    def rate(self, line):
        if line.value == "0":
            self.made.take("rate_limit.enabled", False)
            return
        for name in RATES:
            self.made.number(f"rate_limit.{name}_per_second", line.place, line.key, line.value, 0, 1000000)

    def tls(self, line):
        tls = self.made.dns.setdefault("tls", {})
        if line.key in ("tls-service-key", "tls-service-pem"):
            one = tls.setdefault("certificates", [{}])[0]
            one["key" if line.key.endswith("key") else "certificate"] = line.value
            tls["enabled"] = True
            self.made.keys_taken += 1
        elif line.key == "tls-port":
            self.made.number("tls.port", line.place, line.key, line.value, 1, 65535)
        else:
            self.made.leave(line.place, line.key, "wadi-dns has no such key")

    def gathered(self, lines, trail=()):
        """A zone's lines with those of its patterns in place."""
        for line in lines:
            if line.key == "include-pattern":
                if line.value not in self.patterns or line.value in trail:
                    raise Trouble(f"{line.place}: there is no pattern {line.value} before this")
                yield from self.gathered(self.patterns[line.value], (*trail, line.value))
            else:
                yield line

    def zone(self, place, name, lines):
        held = {}
        for line in self.gathered(lines):
            held[line.key] = line
            if line.key not in ("name", "zonefile", *SILENT):
                self.made.leave(line.place, line.key, LEFT.get(line.key, "wadi-dns has no such key"))
        what = f"zone {name}"
        if "request-xfr" in held:
            self.made.leave(place, what, f"a secondary: {TRANSFERS}; serve a file that another program brings")
        elif "zonefile" not in held:
            self.made.leave(place, what, "it has no file")
        else:
            self.made.zone(place, name, file=str(self.folder / zone_file(held["zonefile"].value, name)))

    def listed(self):
        """Zones that nsd-control added."""
        line = self.zone_list
        if not line or not Path(line.value).exists():
            return
        for number, text in enumerate(Path(line.value).read_text().splitlines(), 1):
            words = text.split()
            if words[:1] == ["add"] and len(words) == 3:
                place = f"{line.value}:{number}"
                self.zone(place, words[1], [Line("include-pattern", words[2], place)])

    def all(self, sections):
        for name, _, lines in sections:
            if name == "server":
                for line in lines:
                    self.server(line)
            elif name == "pattern":
                of = next((line.value for line in lines if line.key == "name"), "")
                self.patterns[of] = [line for line in lines if line.key != "name"]
        for name, place, lines in sections:
            if name == "zone":
                self.zone(place, next((line.value for line in lines if line.key == "name"), ""), lines)
            elif name not in ("server", "pattern"):
                self.made.leave(place, name, "see wadi-ctl --help" if name == "remote-control" else "wadi-dns has no such section")
        self.listed()


def read(file, made):
    Import(made).all(sections_of(file))
