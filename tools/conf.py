#!/usr/bin/env python3
# conf: what tools/run and tools/image need to know of an appliance's configuration, which
# the appliance itself has checked before.
#   conf.py taps CONFIGURATION              lines of a TAP and the addresses for the host's side
#   conf.py addresses CONFIGURATION         the appliance's own
#   conf.py socket CONFIGURATION            the control socket, if there is one
#   conf.py files CONFIGURATION TREE NAME   copies it to TREE/etc/wadi/NAME, and the files that
#                                           it names to where a guest looks for them; standard
#                                           input is what the appliance's --help-config prints
#   conf.py vifs CONFIGURATION              the interfaces in the form that xl takes
#   conf.py pci CONFIGURATION               the PCI addresses of its ports; fails unless all have one
#   conf.py workers CONFIGURATION           how many processors it can use
#   conf.py bridges CONFIGURATION           lines of a bridge and the addresses for its other side
#   conf.py page CONFIGURATION FOLDER       writes one of wadi-sdn with a page and a REST interface, whose
#                                           token is FOLDER/token, into FOLDER, and prints its name
import fnmatch
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


def path_keys(help_config):
    """The keys that name files, as "dns.zones.file", from the text of --help-config."""
    return {key.replace("[]", "") for key in re.findall(r"^(\S+): path\b", help_config, re.M)}


def paths_in(conf, keys, at=""):
    """The value of each such key, with the section that it stands in."""
    for key, value in conf.items():
        place = f"{at}.{key}".lstrip(".")
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from paths_in(item, keys, place)
            elif place in keys:
                yield item, conf


def files_at(home, path, section):
    """The files that a key's value names, as seen from the configuration: itself, or
    those of a folder that the section's pattern fits. None when it is yet to be made."""
    if (home / path).is_file():
        return [path]
    names = sorted(file.name for file in (home / path).glob("*") if path and file.is_file())
    return [Path(path) / name for name in names
            if fnmatch.fnmatchcase(name, section.get("pattern", "*")) and not name.startswith(".")]


def copy_files(conf, path, tree, name):
    tree, keys = Path(tree), path_keys(sys.stdin.read())
    shutil.copyfile(path, make_folders(HOME, tree) / name)
    for value, section in paths_in(conf, keys):
        for file in files_at(path.parent, value, section):
            copy_file(path.parent / file, HOME / file, tree)


def taps(conf):
    """Each port on a TAP, with that one's name."""
    for port in conf["ports"]:
        found = re.search(r"(?:^|:)tap:([^,]+)", port["device"])
        if found:
            yield found[1], port


def vif_ports(conf):
    """Each port with the number of its vif."""
    for port in conf["ports"]:
        found = re.search(r"(?:^|:)xen:vif/(\d+)", port["device"])
        if not found:
            die(f'port "{port["name"]}": a guest has no {port["device"]}; its devices are xen:vif/0, xen:vif/1, ...')
        yield int(found[1]), port


def pci(conf):
    """Addresses of the devices, if all are PCI ones."""
    found = [re.search(r"(?:^|:)pci:([0-9a-fA-F:.]+)", port["device"]) for port in conf["ports"]]
    return [match[1] for match in found] if all(found) else []


def vifs(conf):
    mtus = {number: port.get("mtu", 0) for number, port in vif_ports(conf)}
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


def page(conf, path, folder):
    """Intents are in a file of their own, so that they can be put."""
    intents = f"{path.stem}-intents.json"
    address = next(prefixes(conf["ports"][0])).split("/")[0]
    conf["sdn"]["intents"] = {"include": intents}
    conf["sdn"]["api"] = {"address": address, "port": 8181, "token_file": "token", "intents_file": intents}
    (folder / intents).write_text("{}\n")
    (folder / path.name).write_text(json.dumps(conf, indent=2) + "\n")
    print(folder / path.name)


def main():
    command, path = sys.argv[1], Path(sys.argv[2])
    conf = json.loads(path.read_text())
    if command == "files":
        copy_files(conf, path, *sys.argv[3:])
    elif command == "vifs":
        print(", ".join(f'"{vif}"' for vif in vifs(conf)))
    elif command == "pci":
        print(*(pci(conf) or sys.exit(1)))
    elif command == "workers":
        print(conf.get("workers", 1))
    elif command == "bridges":
        for number, port in vif_ports(conf):
            print(f"xenbr{number}", *other_side(port))
    elif command == "addresses":
        print(*(prefix.split("/")[0] for port in conf["ports"] for prefix in prefixes(port)))
    elif command == "taps":
        for name, port in taps(conf):
            print(name, *other_side(port))
    elif command == "page":
        page(conf, path, Path(sys.argv[3]))
    elif command == "socket":
        print(conf.get("control", {}).get("socket", ""))


main()
