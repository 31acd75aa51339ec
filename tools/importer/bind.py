# bind: the language of named.conf: statements of words and blocks, which end with semicolons.
import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

from importer.made import ANY, Trouble, clients, is_any

TOKEN = re.compile(r'\s+|//[^\n]*|#[^\n]*|/\*.*?\*/|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<mark>[{};!])|(?P<word>[^\s{};"!]+)', re.S)
INCLUDES_MAX = 20


@dataclass
class Statement:
    words: list
    place: str
    block: list = None
    refuses: bool = False  # ! before it, in a list of addresses

    @property
    def word(self):
        return self.words[0] if self.words else ""

    @property
    def rest(self):
        return self.words[1] if len(self.words) > 1 else ""


@dataclass
class Reader:
    """One file."""
    file: Path
    depth: int = 0
    tokens: list = field(default_factory=list)

    def lex(self):
        try:
            text = self.file.read_text("utf-8", "replace")
        except OSError as fault:
            raise Trouble(f"{self.file}: {fault.strerror}") from None
        at, line = 0, 1
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise Trouble(f"{self.file}:{line}: a quotation mark or a comment has no end")
            if found["mark"]:
                self.tokens.append((found["mark"], True, line))
            elif found["word"] or found["quoted"] is not None:
                self.tokens.append((found["word"] or re.sub(r"\\(.)", r"\1", found["quoted"]), False, line))
            line += found[0].count("\n")
            at = found.end()

    def block(self, at, is_top):
        """Statements from there on, and where they end."""
        statements, words, refuses = [], [], False
        first = 0
        while at < len(self.tokens):
            text, is_mark, line = self.tokens[at]
            at += 1
            if not is_mark:
                first = first if words else line
                words.append(text)
            elif text == "!":
                refuses = True
            elif text == "{":
                place = f"{self.file}:{first or line}"
                inner, at = self.block(at, False)
                statements.append(Statement(words, place, inner, refuses))
                # What stands between a block and its semicolon belongs to the statement.
                while at < len(self.tokens) and not self.tokens[at][1]:
                    at += 1
                if at < len(self.tokens) and self.tokens[at][0] == ";":
                    at += 1
                words, refuses = [], False
            elif text == ";":
                if words:
                    statements += self.included(words, f"{self.file}:{first}", refuses)
                words, refuses = [], False
            elif is_top:
                raise Trouble(f"{self.file}:{line}: a closing brace too many")
            else:
                return statements, at
        if words or not is_top:
            raise Trouble(f"{self.file}: the file ends within a statement: a semicolon or a closing brace is missing")
        return statements, at

    def included(self, words, place, refuses):
        if words[0] != "include" or len(words) != 2:
            return [Statement(words, place, refuses=refuses)]
        if self.depth == INCLUDES_MAX:
            raise Trouble(f"{place}: files include each other more than {INCLUDES_MAX} deep")
        return parse(self.file.parent / words[1], self.depth + 1)


def parse(file, depth=0):
    reader = Reader(file, depth)
    reader.lex()
    return reader.block(0, True)[0]


# Key there: (key here, least, most, factor).
NUMBERS = {
    "max-udp-size": ("udp_size", 512, 4096, 1), "tcp-clients": ("tcp.max_connections", 1, 16777216, 1),
    "tcp-idle-timeout": ("tcp.idle_timeout_s", 1, 3600, 0.1),
}
RATES = {
    "responses-per-second": ("responses_per_second", 0, 1000000), "nodata-per-second": ("nodata_per_second", 0, 1000000),
    "nxdomains-per-second": ("nxdomains_per_second", 0, 1000000), "referrals-per-second": ("referrals_per_second", 0, 1000000),
    "errors-per-second": ("errors_per_second", 0, 1000000), "all-per-second": ("all_per_second", 0, 1000000),
    "window": ("window_s", 0, 3600), "slip": ("slip", 0, 10), "ipv4-prefix-length": ("ipv4_prefix", 1, 32),
    "ipv6-prefix-length": ("ipv6_prefix", 1, 64), "max-table-size": ("table_size", 64, 67108864),
}
# What is left out, and what that means. What is in neither list is left out as unknown here.
TRANSFERS = "there are no zone transfers yet"
SIGNING = "wadi-dns serves a zone as its file is: sign it before, as with dnssec-signzone"
LEFT = {
    "allow-transfer": TRANSFERS, "also-notify": TRANSFERS, "notify": TRANSFERS, "masters": TRANSFERS, "primaries": TRANSFERS,
    "transfers-in": TRANSFERS, "transfers-out": TRANSFERS, "allow-notify": TRANSFERS, "provide-ixfr": TRANSFERS,
    "allow-update": "there are no dynamic updates", "update-policy": "there are no dynamic updates",
    "dnssec-policy": SIGNING, "auto-dnssec": SIGNING, "inline-signing": SIGNING, "key-directory": SIGNING,
    "recursion": "wadi-dns answers from its zones alone", "allow-recursion": "wadi-dns answers from its zones alone",
    "forwarders": "wadi-dns answers from its zones alone", "allow-query-cache": "wadi-dns answers from its zones alone",
    "dnssec-validation": "wadi-dns answers from its zones alone", "controls": "see wadi-ctl --help", "logging": "see the section log of "
    "wadi-dns --help-config", "statistics-channels": "see the section management of wadi-dns --help-config", "key": "TSIG is not supported",
}
SILENT = {"", "directory", "file", "type", "allow-query", "listen-on", "listen-on-v6", "acl", "pid-file", "session-keyfile", "trust-anchors",
          "managed-keys-directory", "empty-zones-enable", "zone-statistics", "auth-nxdomain"}


class Import:
    def __init__(self, made):
        self.made, self.acls, self.folder, self.default, self.has_view = made, {}, None, None, False

    def entries(self, block, trail=()):
        """A list of addresses as (prefix, is_allowed), in its order; None when it holds what has no meaning here."""
        made = []
        for one in block:
            is_list = True
            if one.block is not None:
                inner = self.entries(one.block, trail)
            elif one.word in self.acls and one.word not in trail:
                inner = self.entries(self.acls[one.word], (*trail, one.word))
            else:
                inner, is_list = self.entry(one), False
            if inner is None:
                return None
            # Of a list within a list what it refuses stays refused: BIND does not negate that twice.
            made += [(network, not allowed and not is_list) for network, allowed in inner] if one.refuses else inner
        return made

    def entry(self, one):
        text = one.word
        if text in ("any", "none"):
            return [(network, text == "any") for network in ANY]
        try:
            return [(ipaddress.ip_network(text, strict=False), True)]
        except ValueError:
            what = "key" if text == "key" else f"'{text}'"
            self.made.leave(one.place, what, "it is no address, prefix or acl of this file; so the whole list is left out")
            return None

    def allow(self, statement):
        """Of a zone, or None for any."""
        entries = self.entries(statement.block or [])
        if entries is None:
            self.made.remark(statement.place, "no client may query the zone until dns.zones[].allow is mended")
            return ["none"]
        return None if is_any(entries) else clients(entries)

    def listen(self, statement):
        words = statement.words
        if "port" in words and words[words.index("port") + 1:][:1] not in (["53"], []):
            self.made.leave(statement.place, " ".join(words), "wadi-dns answers at port 53")
            return
        for one in statement.block or ():
            if one.refuses or one.word in ("any", "none"):
                continue
            self.made.listen(one.place, one.word)

    def text(self, path, statement):
        value = "" if statement.rest == "none" else statement.rest
        self.made.take(path, value)

    def rates(self, statement):
        for one in statement.block or ():
            word = one.word
            if word in RATES:
                path, low, high = RATES[word]
                self.made.number(f"rate_limit.{path}", one.place, word, one.rest, low, high)
            elif word == "exempt-clients":
                entries = self.entries(one.block or [])
                if entries is not None:
                    self.made.take("rate_limit.exempt", clients(entries))
            elif word == "log-only":
                self.made.take("rate_limit.log_only", one.rest == "yes")
            else:
                self.made.leave(one.place, word, "there is no such limit")
        # Of BIND's limits each that is not set is as responses-per-second, and that is none.
        limits = self.made.dns.setdefault("rate_limit", {})
        for kind in "responses", "nodata", "nxdomains", "referrals", "errors":
            limits.setdefault(f"{kind}_per_second", limits.get("responses_per_second", 0))

    def option(self, statement):
        word, made = statement.word, self.made
        if word in NUMBERS:
            path, low, high, factor = NUMBERS[word]
            made.number(path, statement.place, word, statement.rest, low, high, factor)
        elif word in ("listen-on", "listen-on-v6"):
            self.listen(statement)
        elif word == "version":
            self.text("version", statement)
        elif word == "hostname":
            self.text("identity", statement)
        elif word == "server-id":
            self.text("nsid", statement)
        elif word == "rate-limit":
            self.rates(statement)
        elif word == "minimal-any":
            made.take("any", "one" if statement.rest == "yes" else "all")
        elif word == "answer-cookie":
            made.take("cookies.enabled", statement.rest == "yes")
        elif word == "cookie-secret" and re.fullmatch("[0-9a-fA-F]{32}", statement.rest):
            self.made.dns.setdefault("cookies", {}).setdefault("secrets", []).append(statement.rest)
            made.keys_taken += 1
        else:
            self.leave(statement)

    def leave(self, statement):
        """What is switched off there is not missed here."""
        word = statement.word
        if word not in SILENT and statement.rest not in ("no", "none"):
            self.made.leave(statement.place, word, LEFT.get(word, "wadi-dns has no such key"))

    def zone(self, statement):
        name, made = statement.rest, self.made
        inside = {one.word: one for one in statement.block or ()}
        kind = inside["type"].rest if "type" in inside else ""
        what = f"zone {name}"
        if len(statement.words) > 2 and statement.words[2].lower() != "in":
            made.leave(statement.place, what, f"class {statement.words[2]}")
        elif kind in ("slave", "secondary", "mirror", "stub"):
            made.leave(statement.place, what, f"type {kind}: {TRANSFERS}; serve a file that another program brings")
        elif kind not in ("master", "primary"):
            made.leave(statement.place, what, f"type {kind or 'of none'}: wadi-dns answers from its zones alone")
        elif "file" not in inside:
            made.leave(statement.place, what, "it has no file")
        else:
            self.zone_of_file(statement, name, inside)

    def zone_of_file(self, statement, name, inside):
        keys = {"file": str((self.folder or Path("/")) / inside["file"].rest)}
        allow = inside.get("allow-query", self.default)
        listed = self.allow(allow) if allow else None
        if listed:
            keys["allow"] = listed
        for one in inside.values():
            self.leave(one)
        self.made.zone(statement.place, name, **keys)

    def all(self, statements):
        options = [one for top in statements if top.word == "options" for one in top.block or ()]
        self.acls |= {one.rest: one.block or [] for one in statements if one.word == "acl"}
        for one in options:
            if one.word == "directory":
                self.folder = Path(one.rest)
            elif one.word == "allow-query":
                self.default = one
        for one in options:
            self.option(one)
        for one in statements:
            word = one.word
            if word == "zone":
                self.zone(one)
            elif word == "view":
                self.view(one)
            elif word not in ("options", ""):
                self.leave(one)

    def view(self, statement):
        """Each client gets the same answer: one view is as good as none, of several the first is taken."""
        if self.has_view:
            self.made.leave(statement.place, f"view {statement.rest}", "there is one view; the first is taken")
            return
        self.has_view = True
        for one in statement.block or ():
            if one.word == "zone":
                self.zone(one)
            elif one.word == "match-clients" and not self.matches_all(one):
                self.made.leave(one.place, "match-clients", "there is one view, for all clients")

    def matches_all(self, statement):
        entries = self.entries(statement.block or [])
        return entries is not None and is_any(entries)


def read(file, made):
    Import(made).all(parse(file))
    if "rate_limit" not in made.dns:
        made.remark(file, "BIND without rate-limit answers every query; wadi-dns limits the replies of a client's network to 200 "
                    "a second of each kind unless dns.rate_limit.enabled is false")
