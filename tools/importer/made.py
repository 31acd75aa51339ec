# made: the configuration of wadi-dns while it is put together, and the remarks on it.
import ipaddress
import json
import subprocess


class Trouble(Exception):
    """Why nothing could be made; its text is for the person who asked."""


def addresses_here():
    """Prefix lengths of this machine's addresses."""
    try:
        printed = subprocess.run(["ip", "-json", "address"], capture_output=True, text=True, check=True).stdout
        return {one["local"]: one["prefixlen"] for link in json.loads(printed) for one in link.get("addr_info", ())}
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError):
        return {}


class Made:
    def __init__(self, device, addresses):
        self.device, self.addresses = device, list(addresses)
        self.were_given = bool(addresses)
        self.top, self.dns, self.zones, self.names = {}, {}, [], {}
        self.remarks, self.keys_taken, self.left_out = [], 0, 0

    @property
    def zones_taken(self):
        return len(self.zones)

    def take(self, path, value):
        """Sets the key "rate_limit.slip" of dns, or of the top where it begins with a slash."""
        place = self.top if path.startswith("/") else self.dns
        *sections, key = path.lstrip("/").split(".")
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = value
        self.keys_taken += 1

    def leave(self, place, what, why):
        self.remarks.append(f"{place}: {what}: left out: {why}")
        self.left_out += 1

    def remark(self, place, text):
        self.remarks.append(f"{place}: note: {text}")

    def number(self, path, place, word, text, low, high, factor=1.0):
        """A whole number within the bounds of the key here; the nearest when it is beyond them."""
        if not text.isdigit():
            self.leave(place, word, f"'{text}' is not a number")
            return
        wanted = round(int(text) * factor)
        value = min(max(wanted, low), high)
        if value != wanted:
            self.remark(place, f"{word}: {wanted} became {value}: dns.{path} is {low} to {high}")
        self.take(path, value)

    def listen(self, place, text):
        """An address on which the server listens."""
        if self.were_given:
            return
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            self.leave(place, text, "not an address; give those of the port by --address")
            return
        if address.is_loopback:
            self.leave(place, text, "the loopback interface is the kernel's")
        elif not address.is_unspecified and text not in [one.split("/")[0] for one in self.addresses]:
            here = addresses_here()
            if text not in here:
                self.remark(place, f"{text}: its prefix length is unknown, since this machine does not have it; give it by --address, "
                            "and the router by ports[0].gateway4 or gateway6")
            self.addresses.append(f"{text}/{here.get(text, address.max_prefixlen)}")

    def zone(self, place, origin, **keys):
        origin = origin.rstrip(".").lower() or "."
        if origin in self.names:
            self.leave(place, f"zone {origin}", f"there is one already, {self.names[origin]}")
            return
        self.names[origin] = place
        self.zones.append({"origin": origin, **keys})

    def configuration(self):
        if not self.zones:
            raise Trouble("no zone was found that is served from a file; nothing is left to be served")
        port = {"name": "net0", "device": self.device}
        for key, version in ("ipv4", 4), ("ipv6", 6):
            held = [one for one in self.addresses if ipaddress.ip_interface(one).version == version]
            if held:
                port[key] = held
        if len(port) == 2:
            raise Trouble("the server listens on no address of its own; give those of the port by --address 192.0.2.53/24")
        return {**self.top, "ports": [port], "control": {"socket": "/run/wadi/dns.sock"}, "dns": {**self.dns, "zones": self.zones}}


def clients(entries):
    """An ordered list of (prefix, is_allowed), of which the first that matches decides, as one of which the
    longest does: what an earlier entry covers never decides and goes."""
    kept = []
    for network, allowed in entries:
        if not any(network.version == before.version and network.subnet_of(before) for before, _ in kept):
            kept.append((network, allowed))
    # What is not listed is refused in any case, unless a shorter prefix allows it.
    texts = [("" if allowed else "!") + str(network) for network, allowed in kept]
    return texts if any(allowed for _, allowed in kept) else ["none"]


ANY = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]


def is_any(entries):
    return clients(entries) == [str(network) for network in ANY]
