# signing: signs the zones of a world with the tools of BIND or of ldns. A key is
# made once for each algorithm and serves every zone. Neighbour: zone.py.
import base64
import glob
import hashlib
import os
import struct
import subprocess

from message import wire_name
from zone import text

# RSA keys are short, so that denials fit a datagram.
ALGORITHMS = {"RSASHA256": 8, "ECDSAP256SHA256": 13, "ED25519": 15}

# Tool, algorithm, and for NSEC3 salt, iterations and opt-out.
WAYS = [
    ("bind", "RSASHA256", None),
    ("bind", "ED25519", ("-", 0, False)),
    ("ldns", "ECDSAP256SHA256", None),
    ("bind", "ECDSAP256SHA256", ("-", 0, True)),
    ("ldns", "RSASHA256", ("c0ffee", 5, False)),
    ("bind", "ED25519", None),
    ("ldns", "ECDSAP256SHA256", ("-", 0, True)),
    ("bind", "RSASHA256", ("abcd", 5, True)),
]


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit("%s: %s" % (" ".join(command), done.stdout[-2000:]))
    return done.stdout


class Keys:
    def __init__(self, dir):
        self.dir = dir
        self.made = {}
        os.makedirs(dir, exist_ok=True)

    # Of an algorithm: the text of the private file, the data of the DNSKEY as text.
    def key(self, algorithm):
        if algorithm not in self.made:
            bits = ["-b", "1024"] if algorithm.startswith("RSA") else []
            base = self.dir + "/" + run("dnssec-keygen", "-q", "-K", self.dir, "-a", algorithm, *bits, "-f", "KSK", "key").split()[-1]
            with open(base + ".private") as private, open(base + ".key") as public:
                line = next(line for line in public if not line.startswith(";"))
                self.made[algorithm] = private.read(), " ".join(line.split()[3:]).replace("DNSKEY ", "")
        return self.made[algorithm]

    # The files of a zone's key, as both tools want them; returns their name.
    def of_zone(self, zone, algorithm):
        private, data = self.key(algorithm)
        base = "%s/K%s+%03d+%05d" % (self.dir, text(zone.origin).lower(), ALGORITHMS[algorithm], key_tag(data))
        with open(base + ".private", "w") as file:
            file.write(private)
        with open(base + ".key", "w") as file:
            file.write(self.anchor(zone, algorithm))
        return base

    def anchor(self, zone, algorithm):
        return "%s 3600 IN DNSKEY %s\n" % (text(zone.origin), self.key(algorithm)[1])

    def ds(self, zone, algorithm):
        data = self.key(algorithm)[1]
        digest = hashlib.sha256(wire_name(tuple(label.lower() for label in zone.origin)) + dnskey(data)).hexdigest()
        return "%d %d 2 %s" % (key_tag(data), ALGORITHMS[algorithm], digest)


def dnskey(data):
    flags, protocol, algorithm, *key = data.split()
    return struct.pack("!HBB", int(flags), int(protocol), int(algorithm)) + base64.b64decode("".join(key))


# RFC 4034 appendix B.
def key_tag(data):
    wire = dnskey(data)
    total = sum(byte << 8 if i % 2 == 0 else byte for i, byte in enumerate(wire))
    return total + (total >> 16) & 0xffff


# Signs the file of a zone in place.
def sign(keys, zone, file, way):
    tool, algorithm, nsec3 = way
    key = keys.of_zone(zone, algorithm)
    origin, signed = text(zone.origin), file + ".signed"
    salt, iterations, opt_out = nsec3 or (None, 0, False)
    if tool == "bind":
        with open(key + ".key") as public, open(file, "a") as unsigned:
            unsigned.write(public.read())
        options = ["-3", salt, "-H", str(iterations)] + ["-A"] * opt_out if nsec3 else []
        run("dnssec-signzone", "-z", "-P", "-q", "-d", keys.dir, "-o", origin, "-f", signed, *options, file, key)
    else:
        options = ["-n", "-t", str(iterations)] + ["-s", salt] * (salt != "-") + ["-p"] * opt_out if nsec3 else []
        run("ldns-signzone", "-o", origin, "-f", signed, *options, file, key)
    os.rename(signed, file)
    for left in glob.glob(keys.dir + "/dsset-*"):
        os.remove(left)
