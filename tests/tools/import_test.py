#!/usr/bin/python3
# import_test: what tools/import makes of configurations of BIND and NSD, which these servers' own
# programs accept, and what wadi-dns says of the result.
import ipaddress
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from importer import bind, made as importer, nsd  # noqa: E402

# Of replies, each with a limit of its own.
KINDS = "responses", "nodata", "referrals", "nxdomains", "errors"

NAMED = """
// An operator's file.
acl inside { !10.1.0.0/16; 10.0.0.0/8; 2001:db8::/32; };
options {
	directory "/var/cache/bind"; /* of Debian */
	listen-on { 192.0.2.53; 127.0.0.1; };
	listen-on-v6 { 2001:db8::53; };
	version "none of your \\"business\\"";
	server-id "ns1";
	max-udp-size 8000;
	tcp-clients 300;
	tcp-idle-timeout 55;
	recursion no;
	allow-transfer { 192.0.2.1; };
	rate-limit { responses-per-second 50; slip 3; exempt-clients { inside; }; qps-scale 250; };
	allow-query { any; };
};
zone "Example.org" { type primary; file "example.org.zone"; allow-query { inside; }; notify explicit; };
zone "example.net" IN { type master; file "/srv/zones/example.net"; dnssec-policy default; inline-signing yes; };
zone "example.com" { type secondary; primaries { 192.0.2.7; }; file "x"; };
zone "." { type hint; file "/usr/share/dns/root.hints"; };
"""

NSD = """
# An operator's file.
server:
	ip-address: 192.0.2.53
	ip-address: 2001:db8::53@53
	server-count: 2   # cores
	zonesdir: "/etc/nsd/zones"
	identity: "ns1"
	hide-version: yes
	nsid: "ascii_ns1"
	ipv4-edns-size: 1400
	tcp-count: 250
	rrl-ratelimit: 100
	rrl-slip: 0
	username: nsd
	refuse-any: yes
	tls-service-key: "/etc/nsd/key.pem"
	tls-service-pem: "/etc/nsd/cert.pem"
	chroot: "/var/lib/nsd"
pattern:
	name: "hosted"
	zonefile: "%z/%s.zone"
	notify: 192.0.2.7 NOKEY
zone:
	name: "example.org"
	zonefile: "example.org.zone"
zone:
	name: "example.net"
	include-pattern: "hosted"
zone:
	name: "example.com"
	request-xfr: 192.0.2.7 NOKEY
	zonefile: "x"
remote-control:
	control-enable: yes
"""


class Import(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def file(self, name, text):
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)
        return self.folder / name

    def run_import(self, file, *words):
        return subprocess.run([ROOT / "tools/import", file, *words], capture_output=True, text=True)

    def imported(self, name, text, *words):
        """What came out, and what was said without the folder's name."""
        done = self.run_import(self.file(name, text), *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout), done.stderr.replace(f"{self.folder}/", "")

    def refused(self, name, text, *words):
        done = self.run_import(self.file(name, text), *words)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        return done.stderr.replace(f"{self.folder}/", "").strip()


class Bind(Import):
    def test_keys(self):
        made, said = self.imported("named.conf", NAMED, "--device", "af_xdp:eth1")
        self.assertEqual(made["ports"], [{"name": "net0", "device": "af_xdp:eth1", "ipv4": ["192.0.2.53/32"], "ipv6": ["2001:db8::53/128"]}])
        self.assertEqual(made["dns"], {
            "version": 'none of your "business"', "nsid": "ns1", "udp_size": 4096,
            "tcp": {"max_connections": 300, "idle_timeout_s": 6},
            "rate_limit": {**{f"{name}_per_second": 50 for name in KINDS}, "slip": 3, "exempt": ["!10.1.0.0/16", "10.0.0.0/8", "2001:db8::/32"]},
            "zones": [{"origin": "example.org", "file": "/var/cache/bind/example.org.zone",
                       "allow": ["!10.1.0.0/16", "10.0.0.0/8", "2001:db8::/32"]},
                      {"origin": "example.net", "file": "/srv/zones/example.net"}]})
        self.assertIn("2 zones and 8 keys taken, 8 left out", said)

    def test_what_is_left_out_has_its_place(self):
        _, said = self.imported("named.conf", NAMED)
        for line in ("named.conf:6: 127.0.0.1: left out: the loopback interface",
                     "named.conf:6: note: 192.0.2.53: its prefix length is unknown, since this machine does not have it",
                     "named.conf:10: note: max-udp-size: 8000 became 4096: dns.udp_size is 512 to 4096",
                     "named.conf:14: allow-transfer: left out: there are no zone transfers yet",
                     "named.conf:15: qps-scale: left out: there is no such limit",
                     "named.conf:18: notify: left out",
                     "named.conf:19: dnssec-policy: left out: wadi-dns serves a zone as its file is",
                     "named.conf:20: zone example.com: left out: type secondary",
                     "named.conf:21: zone .: left out: type hint"):
            self.assertIn(line, said)

    def test_limits_that_are_not_set_are_as_those_of_bind(self):
        for text, limit in (("errors-per-second 5;", 0), ("responses-per-second 7; errors-per-second 5;", 7), ("", 0)):
            made, _ = self.imported("named.conf", f'options {{ rate-limit {{ {text} }}; }}; zone "a" {{ type master; file "/a"; }};',
                                    "--address", "192.0.2.1/24")
            limits = {name: limit for name in KINDS} | ({"errors": 5} if "errors" in text else {})
            self.assertEqual(made["dns"]["rate_limit"], {f"{name}_per_second": n for name, n in limits.items()})

    def test_a_limit_of_ours_alone_is_told(self):
        note = "named.conf: note: BIND without rate-limit answers every query; wadi-dns limits the replies"
        for text, told in (('zone "a" { type master; file "/a"; };', True), (NAMED, False)):
            _, said = self.imported("named.conf", text, "--address", "192.0.2.1/24")
            self.assertEqual(note in said, told, said)

    def test_bind_takes_the_file(self):
        if not shutil.which("named-checkconf"):
            self.skipTest("named-checkconf is missing; tools/deps installs it")
        text = NAMED.replace('directory "/var/cache/bind"', f'directory "{self.folder}"')
        done = subprocess.run(["named-checkconf", self.file("named.conf", text)], capture_output=True, text=True)
        self.assertEqual(done.stdout, "")

    def test_files_include_files(self):
        self.file("zones/list", 'zone "a.example" { type master; file "/a"; };')
        made, _ = self.imported("named.conf", 'include "zones/list"; options { listen-on { 192.0.2.1; }; };')
        self.assertEqual(made["dns"]["zones"], [{"origin": "a.example", "file": "/a"}])
        self.assertIn("include each other more than 20 deep", self.refused("named.conf", 'include "named.conf";'))
        self.assertIn("named.conf:2: ", self.refused("named.conf", '\ninclude "absent";') + "named.conf:2: ")
        self.assertIn("absent: No such file", self.refused("named.conf", 'include "absent";'))

    def test_mistakes_are_told(self):
        for text, sentence in (('zone "a" { type master; file "/a";', "a closing brace is missing"), ("};", "named.conf:1: a closing brace too many"),
                               ('options { version "x; };', "named.conf:1: a quotation mark or a comment has no end"), ("", "no zone was found"),
                               ("options", "ends within a statement"),
                               ('zone "a" { type master; file "/a"; };', "give those of the port by --address")):
            self.assertIn(sentence, self.refused("named.conf", text), text)

    def test_strict(self):
        done = self.run_import(self.file("named.conf", NAMED), "--strict")
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stdout)

    def test_a_list_with_a_key_lets_nobody_in(self):
        made, said = self.imported("named.conf", 'zone "a" { type master; file "/a"; allow-query { key k; any; }; };', "--address", "192.0.2.1/24")
        self.assertEqual(made["dns"]["zones"][0]["allow"], ["none"])
        self.assertIn("no client may query the zone", said)

    def test_negated_lists(self):
        for text, wanted in (("!inside; any;", ["!10.1.0.0/16", "!10.0.0.0/8", "0.0.0.0/0", "::/0"]), ("!none;", None), ("none;", ["none"]),
                             ("!{ 10.0.0.0/8; }; 10.2.0.0/16;", ["none"])):
            conf = f'acl inside {{ !10.1.0.0/16; 10.0.0.0/8; }}; zone "a" {{ type master; file "/a"; allow-query {{ {text} }}; }};'
            made, _ = self.imported("named.conf", conf, "--address", "192.0.2.1/24")
            self.assertEqual(made["dns"]["zones"][0].get("allow"), wanted, text)

    def test_views(self):
        conf = 'view a { match-clients { any; }; zone "z" { type master; file "/a"; }; }; view b { zone "z" { type master; file "/b"; }; };'
        made, said = self.imported("named.conf", conf, "--address", "192.0.2.1/24")
        self.assertEqual(made["dns"]["zones"], [{"origin": "z", "file": "/a"}])
        self.assertIn("view b: left out", said)


class Nsd(Import):
    def test_keys(self):
        made, said = self.imported("nsd.conf", NSD)
        self.assertEqual((made["workers"], made["user"]), (2, "nsd"))
        self.assertEqual(made["ports"][0]["ipv6"], ["2001:db8::53/128"])
        self.assertEqual(made["dns"], {
            "identity": "ns1", "version": "", "nsid": "ns1", "udp_size": 1400, "tcp": {"max_connections": 250}, "any": "refuse",
            "rate_limit": {**{f"{name}_per_second": 100 for name in KINDS}, "slip": 0},
            "tls": {"certificates": [{"key": "/etc/nsd/key.pem", "certificate": "/etc/nsd/cert.pem"}], "enabled": True},
            "zones": [{"origin": "example.org", "file": "/etc/nsd/zones/example.org.zone"},
                      {"origin": "example.net", "file": "/etc/nsd/zones/net/example.net.zone"}]})
        for line in ("nsd.conf:19: chroot: left out", "nsd.conf:23: notify: left out: there are no zone transfers yet",
                     "zone example.com: left out: a secondary", "remote-control: left out: see wadi-ctl"):
            self.assertIn(line, said)

    def test_nsd_takes_the_file(self):
        if not shutil.which("nsd-checkconf"):
            self.skipTest("nsd-checkconf is missing; tools/deps installs it")
        text = NSD.replace('chroot: "/var/lib/nsd"', 'chroot: ""').replace("username: nsd", 'username: ""').replace(
            'zonesdir: "/etc/nsd/zones"', f'zonesdir: "{self.folder}"')
        done = subprocess.run(["nsd-checkconf", self.file("nsd.conf", text)], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_files_include_files(self):
        self.file("d/b.conf", 'zone:\n name: "b"\n zonefile: "b"\n')
        self.file("d/a.conf", 'zone:\n name: "a"\n zonefile: "/a"\n')
        made, _ = self.imported("nsd.conf", 'server:\n ip-address: 192.0.2.1\ninclude: "d/*.conf"\n')
        self.assertEqual([one["file"] for one in made["dns"]["zones"]], ["/a", "/etc/nsd/b"])

    def test_zones_of_nsd_control(self):
        zones = self.file("zone.list", "# NSD zone list\nadd example.org hosted\n")
        made, _ = self.imported("nsd.conf", f'server:\n ip-address: 192.0.2.1\n zonelistfile: "{zones}"\n'
                                'pattern:\n name: "hosted"\n zonefile: "%1/%s"\n')
        self.assertEqual(made["dns"]["zones"], [{"origin": "example.org", "file": "/etc/nsd/e/example.org"}])

    def test_mistakes_are_told(self):
        for text, sentence in (("server:\n nonsense\n", "nsd.conf:2: 'nonsense' is no key with a value"),
                               ("include: absent\n", "absent: no such file"), ("include: nsd.conf\n", "more than 20 deep"),
                               ("zone:\n name: a\n include-pattern: p\n", "there is no pattern p")):
            self.assertIn(sentence, self.refused("nsd.conf", text, "--from", "nsd"), text)


class Hostile(Import):
    def test_whatever_is_read_ends_in_a_sentence(self):
        """Lines and words of the samples left out, doubled and exchanged: no backtrace."""
        chance = random.Random(5)
        for name, sample in ("named.conf", NAMED), ("nsd.conf", NSD):
            module = {"named.conf": bind, "nsd.conf": nsd}[name]
            for _ in range(400):
                words = re.findall(r"\s+|[\w.:/%-]+|.", sample)
                for _ in range(chance.randint(1, 4)):
                    words[chance.randrange(len(words))] = chance.choice(["", "\n", *words])
                collected = importer.Made("tap:t", [])
                try:
                    module.read(self.file(name, "".join(words)), collected)
                    collected.configuration()
                except importer.Trouble:
                    pass


class Result(Import):
    def test_wadi_dns_takes_it(self):
        programs = [ROOT / build / "src/apps/dns/wadi-dns" for build in ("build", "build-clang", "build-asan")]
        program = next((one for one in programs if one.exists()), None)
        if not program:
            self.skipTest("there is no build of wadi-dns")
        for name in "example.org.zone", "example.net", "net/example.net.zone":
            self.file(name, "@ 300 SOA ns hostmaster 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\n")
        for name, text in (("named.conf", NAMED.replace("/var/cache/bind", str(self.folder)).replace("/srv/zones", str(self.folder))),
                           ("nsd.conf", re.sub("\ttls-.*\n", "", NSD).replace("/etc/nsd/zones", str(self.folder)))):
            made, _ = self.imported(name, text, "--device", "mem:t0", "--address", "192.0.2.53/24")
            made.pop("user", None)
            done = subprocess.run([program, "check", "-c", self.file("dns.json", json.dumps(made))], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)


class Clients(unittest.TestCase):
    def test_the_longest_decides_what_the_first_did(self):
        chance = random.Random(7)
        for _ in range(300):
            entries = [(ipaddress.ip_network((chance.getrandbits(3) << 29, chance.randint(0, 3)), strict=False), chance.random() < 0.6)
                       for _ in range(chance.randint(1, 6))]
            texts = importer.clients(entries)
            for top in range(8):
                address = ipaddress.ip_address(top << 29)
                first = next((allowed for network, allowed in entries if address in network), False)
                self.assertEqual(self.longest(texts, address), first, (entries, texts, address))

    @staticmethod
    def longest(texts, address):
        if texts == ["none"]:
            return False
        held = [(ipaddress.ip_network(text.lstrip("!")), not text.startswith("!")) for text in texts]
        covers = [(network.prefixlen, allowed) for network, allowed in held if address in network]
        return max(covers)[1] if covers else False


if __name__ == "__main__":
    unittest.main()
