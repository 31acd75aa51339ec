#!/usr/bin/env python3
# guest: what a guest's image needs of an appliance's configuration, which the appliance
# itself has checked before.
#   guest.py files CONFIGURATION TREE NAME  copies it to TREE/etc/wadi/NAME, and the files
#                                           that it names to where it will look for them
#   guest.py vifs CONFIGURATION             the interfaces as xl wants them
#   guest.py workers CONFIGURATION          how many processors it can use
#   guest.py bridges CONFIGURATION          lines of a bridge and the addresses that its
#                                           other side wants
#   guest.py addresses CONFIGURATION        the guest's own
import ipaddress
import json
import re
import shutil
import sys
from pathlib import Path

HOME = Path("/etc/wadi")


def die(text):
    sys.exit(f"tools/image: {text}")


def includes(file):
    """The files that a zone file takes in, relative to it."""
    for match in re.finditer(r'^\$INCLUDE\s+(?:"([^"]+)"|(\S+))', file.read_text("latin-1"), re.M | re.I):
        yield match[1] or match[2]


def make_folders(place, tree):
    """Each folder on an absolute path, as the guest will walk it; returns the last."""
    folder = tree
    for part in place.parts[1:]:
        if part != "..":
            folder = folder / part
            folder.mkdir(exist_ok=True)
        elif folder != tree:
            folder = folder.parent
    return folder


def copy_file(source, place, tree):
    """source is where the file is here, place its absolute path in the guest."""
    target = make_folders(place.parent, tree) / place.name
    if target.exists():
        return
    shutil.copyfile(source, target)
    for name in includes(source):
        copy_file(source.parent / name, place.parent / name, tree)


def zone_files(home, zone):
    """The files that one item of dns.zones names, as seen from the configuration."""
    if "file" in zone:
        return [zone["file"]]
    folder = Path(zone["directory"])
    names = sorted(file.name for file in (home / folder).glob(zone.get("pattern", "*.zone")) if file.is_file())
    return [folder / name for name in names if not name.startswith(".")]


def copy_files(conf, path, tree, name):
    tree = Path(tree)
    shutil.copyfile(path, make_folders(HOME, tree) / name)
    for zone in conf.get("dns", {}).get("zones", []):
        for file in zone_files(path.parent, zone):
            copy_file(path.parent / file, HOME / file, tree)


def ports(conf):
    """Each port with the number of its vif."""
    for port in conf["ports"]:
        found = re.search(r"(?:^|:)xen:vif/(\d+)", port["device"])
        if not found:
            die(f'port "{port["name"]}": a guest has no {port["device"]}; its devices are xen:vif/0, xen:vif/1, ...')
        yield int(found[1]), port


def vifs(conf):
    mtus = {number: port.get("mtu", 0) for number, port in ports(conf)}
    for number in range(max(mtus) + 1):
        mtu = mtus.get(number, 0)
        yield f"bridge=xenbr{number}" + (f",mtu={mtu}" if mtu else "")


def prefixes(port):
    for key in "ipv4", "ipv6":
        value = port.get(key, [])
        yield from [value] if isinstance(value, str) else value


def other_side(port):
    """Addresses for the far end of a port's link: its gateways, or else another of the network's."""
    for prefix in prefixes(port):
        own = ipaddress.ip_interface(prefix)
        gateway = port.get(f"gateway{own.version}")
        if gateway and ipaddress.ip_address(gateway) in own.network:
            yield f"{gateway}/{own.network.prefixlen}"
        else:
            first = own.network.network_address + 1
            yield f"{first + (first == own.ip)}/{own.network.prefixlen}"


def main():
    command, path = sys.argv[1], Path(sys.argv[2])
    conf = json.loads(path.read_text())
    if command == "files":
        copy_files(conf, path, *sys.argv[3:])
    elif command == "vifs":
        print(", ".join(f'"{vif}"' for vif in vifs(conf)))
    elif command == "workers":
        print(conf.get("workers", 1))
    elif command == "bridges":
        for number, port in ports(conf):
            print(f"xenbr{number}", *other_side(port))
    elif command == "addresses":
        print(*(prefix.split("/")[0] for _, port in ports(conf) for prefix in prefixes(port)))


main()
