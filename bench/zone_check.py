#!/usr/bin/env python3
# zone_check: how long `wadi-dns check` takes for large zones, beside nsd-checkzone and
# named-checkzone where they are installed. Zones: a million addresses, half a million
# delegations, and with --signed 150,000 delegations signed with NSEC3 and opt-out, and
# a tenth of a million names signed with NSEC and ZONEMD, each made anew, which takes
# minutes. Rounds are interleaved, medians printed. Build as --buildtype=release.
import argparse
import random
import resource
import shutil
import statistics
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEAD = "$TTL 3600\n@ SOA ns1 admin 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n"
ORIGIN = "example.org"


def names(rng, count):
    for i in range(count):
        yield i, "".join(rng.choices(string.ascii_lowercase, k=rng.randint(5, 14))) + str(i % 10)


def address(i):
    return f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"


def flat(rng, out, count):
    for i, name in names(rng, count):
        out.write(f"{name} A {address(i)}\n")


# One of twenty with servers of its own; with `safe`, two of five with DS.
def delegations(rng, out, count, safe=False):
    for i, name in names(rng, count):
        if i % 20 == 0:
            out.write(f"{name} NS ns1.{name}\n\tNS ns2.{name}\n")
            out.write(f"ns1.{name} A {address(i)}\nns2.{name} A {address(i + 1)}\n")
        else:
            out.write(f"{name} NS ns1.host{i % 1000}.net.\n\tNS ns2.host{i % 1000}.net.\n")
        if safe and i % 5 < 2:
            out.write(f"{name} DS {i & 65535} 13 2 {rng.getrandbits(256):064x}\n")


def zone(folder, name, fill, *arguments, **more):
    path = folder / name
    with open(path, "w") as out:
        out.write(HEAD)
        fill(random.Random(1), out, *arguments, **more)
    return path


def run(*words, **more):
    done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode:
        sys.exit(f"zone_check: {' '.join(map(str, words))}:\n{done.stdout[-2000:]}")


# A zone made as above, its records signed.
def signed(folder, plain, *options):
    keys = folder / "keys"
    if not keys.exists():
        keys.mkdir()
        run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", ORIGIN, cwd=keys)
        run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", ORIGIN, cwd=keys)
    with open(plain, "a") as out:
        for key in keys.glob("*.key"):
            out.write(key.read_text())
    run("dnssec-signzone", "-q", "-P", "-O", "full", "-K", keys, "-o", ORIGIN, *options,
        "-f", f"{plain}.signed", plain, cwd=folder)
    return Path(f"{plain}.signed")


# With a digest that is right: ldns makes it.
def digested(folder, plain):
    made = Path(f"{plain}.digested")
    zsk = next(path for path in (folder / "keys").glob("*.key") if " 256 " in path.read_text())
    ksk = next(path for path in (folder / "keys").glob("*.key") if " 257 " in path.read_text())
    run("ldns-signzone", "-o", ORIGIN, "-z", "sha384", "-f", made, plain, zsk.stem, ksk.stem,
        cwd=folder / "keys")
    return made


def seconds(words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"zone_check: {words[0]} found something:\n{done.stdout[-1000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def records(path):
    with open(path) as text:
        return sum(1 for line in text if line.strip() and line[0] not in ";$")


def measure(path, tools, rounds):
    found = {name: [] for name in tools}
    for _ in range(rounds):
        for name, words in tools.items():
            found[name].append(seconds([*words, ORIGIN, str(path)]))
    for name, times in found.items():
        wall, cpu = (statistics.median(column) for column in zip(*times))
        print(f"{path.name:24} {records(path):9} {name:16} {wall:7.2f} {cpu:7.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Times of zone checkers side by side.")
    parser.add_argument("wadi", type=Path, help="the executable wadi-dns")
    parser.add_argument("--signed", action="store_true", help="also signed zones")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=1000000, help="records of the first zone")
    args = parser.parse_args()
    tools = {"wadi-dns check": [str(args.wadi.resolve()), "check"]}
    for name, options in (("nsd-checkzone", []), ("named-checkzone", ["-i", "local"])):
        if shutil.which(name):
            tools[name] = [name, *options]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        print(f"{'zone':24} {'lines':>9} {'checker':16} {'wall s':>7} {'CPU s':>7}")
        measure(zone(folder, "flat", flat, args.size), tools, args.rounds)
        measure(zone(folder, "delegations", delegations, args.size // 2), tools, args.rounds)
        if args.signed:
            plain = zone(folder, "nsec3", delegations, args.size * 3 // 20, safe=True)
            measure(signed(folder, plain, "-3", "-", "-A"), tools, args.rounds)
            plain = zone(folder, "zonemd", flat, args.size // 10)
            measure(digested(folder, plain), tools, args.rounds)


if __name__ == "__main__":
    main()
