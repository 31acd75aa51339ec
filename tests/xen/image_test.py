#!/usr/bin/env python3
# image_test: tools/image: what it refuses, what a guest is made of, the kernel in it, and that a guest
# answers in the machine that it emulates. Neighbour: run, which judges guests at length.
import json
import lzma
import os
import re
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
IMAGE_BYTES_MAX = 3 << 20


def image(*words):
    done = subprocess.run([ROOT / "tools/image", *map(str, words)], text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          timeout=300 * int(os.environ.get("WADI_TIME_SCALE", 1)))
    return done.returncode, done.stdout


def files_of(initrd):
    done = subprocess.run(f"zcat '{initrd}' | cpio -t", shell=True, text=True, capture_output=True)
    return done.stdout.split()


class Image(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)

    def conf(self, ports, zone="zone"):
        (self.dir / "zone").write_text("$INCLUDE parts/soa\n@ NS ns\nns A 10.53.0.2\nwww A 192.0.2.80\n")
        (self.dir / "parts").mkdir()
        (self.dir / "parts/soa").write_text("$TTL 60\n@ SOA ns h 1 2h 30m 2w 5m\n")
        path = self.dir / "conf.json"
        path.write_text(json.dumps({"ports": ports, "dns": {"zones": [{"origin": "example.org", "file": zone}]}}))
        return path

    def refuses(self, status, sentence, *words):
        got, text = image(*words)
        self.assertRegex(text, sentence)
        self.assertEqual(got, status, text)

    def test_misuse(self):
        out = self.dir / "out"
        for words, sentence in (
                ([], "Usage"),
                (["burn"], "no command 'burn'"),
                (["build"], "needs an appliance"),
                (["build", "web", "-c", "x", "-o", out], "no appliance is called 'web': give dns, echo, sdn, or the path"),
                (["build", "dns", "-o", out], "needs -c"),
                (["build", "dns", "-c"], "-c needs a value"),
                (["build", "dns", "-c", "x"], "needs -o"),
                (["build", "dns", "-c", "x", "-o", out, "--memory", "much"], "not 'much'"),
                (["build", "dns", "-c", "x", "-o", out, "--hvm"], "no option --hvm"),
                (["disk"], "disk needs an appliance"),
                (["disk", "dns", "-c", "x", "-o", out, "--pvh"], "a disk starts PV guests"),
                (["disk", "dns", "-c", "x", "-o", out, "--huge-pages", "few"], "not 'few'"),
                (["build", "dns", "-c", "x", "-o", out, "--huge-pages", "3"], "build takes no --huge-pages"),
                (["run"], "needs the DIR")):
            self.refuses(2, sentence, *words)
        self.assertFalse(out.exists())

    def test_what_cannot_be(self):
        port = {"name": "net0", "device": "xen:vif/0", "ipv4": "10.53.0.2/24"}
        out = self.dir / "out"
        self.refuses(1, "cannot be read", "build", "dns", "-c", self.dir / "absent", "-o", out)
        self.refuses(1, "holds no guest.cfg", "run", self.dir)
        conf = self.conf([port], zone="absent")
        self.refuses(1, "absent: .*No such file.*(?s:.*)rejects", "build", "dns", "-c", conf, "-o", out)
        self.refuses(1, "no executable .*/conf.json$", "build", conf, "-c", conf, "-o", out)
        self.refuses(1, "no executable .*/absent$", "build", self.dir / "absent", "-c", conf, "-o", out)
        self.refuses(1, "false rejects", "build", "/bin/false", "-c", conf, "-o", out)
        conf.write_text('{ "ports": [], "colour": 1 }')
        self.refuses(1, "colour(?s:.*)rejects", "build", "dns", "-c", conf, "-o", out)
        self.refuses(1, "a guest has no tap:wadi0", "build", "dns", "-c", ROOT / "config/dns.json", "-o", out)

    def test_a_guest(self):
        ports = [{"name": "net0", "device": "xen:vif/0", "ipv4": "10.53.0.2/24", "gateway4": "10.53.0.1"},
                 {"name": "net2", "device": "xen:vif/2", "ipv4": "10.55.0.2/24", "mtu": 9000}]
        conf, out = self.conf(ports, zone="sub/../zone"), self.dir / "out"
        (self.dir / "sub").mkdir()
        status, text = image("build", "dns", "-c", conf, "-o", out, "--pvh", "--memory", "128")
        self.assertEqual(status, 0, text)
        files = files_of(out / "initrd")
        self.assertLess({"init", "sbin/poweroff", "sbin/reboot", "sbin/halt", "proc", "dev", "run",
                         "lib/modules/xen-evtchn.ko", "lib/modules/xen-gntalloc.ko", "etc/wadi/dns.json",
                         "etc/wadi/zone", "etc/wadi/parts/soa", "etc/wadi/sub"}, set(files))
        self.assertLess((out / "initrd").stat().st_size, IMAGE_BYTES_MAX)
        cfg = (out / "guest.cfg").read_text()
        for line in ('type = "pvh"', "memory = 128", "vcpus = 1",
                     'vif = [ "bridge=xenbr0", "bridge=xenbr1", "bridge=xenbr2,mtu=9000" ]'):
            self.assertIn(line, cfg.splitlines())

    def test_a_guest_from_elsewhere(self):
        """An executable that was built outside of the tree: a static one, and one with libraries."""
        conf, out = self.conf([{"name": "net0", "device": "xen:vif/0", "ipv4": "10.53.0.2/24"}]), self.dir / "out"
        source = self.dir / "page.c"
        source.write_text("""#include <stdio.h>
            int main(int argc, char **argv) {
                puts(argv[1][2] == 'v' ? "wadi-page 1" : "page.file: path, default none\\npage.folder: path");
            }""")
        (self.dir / "sub").mkdir()
        (self.dir / "sub/one.html").write_text("one")
        (self.dir / "sub/two.txt").write_text("two")
        whole = json.loads(conf.read_text())
        whole["page"] = {"file": "parts/soa", "folder": "sub", "pattern": "*.html"}
        conf.write_text(json.dumps(whole))
        for link, loaded in ("-static", False), ("-pie", True):
            subprocess.run(["gcc", link, "-o", self.dir / "my-page", source], check=True)
            status, text = image("build", self.dir / "my-page", "-c", conf, "-o", out)
            self.assertEqual(status, 0, text)
            files = set(files_of(out / "initrd"))
            self.assertLess({"init", "etc/wadi/page.json", "etc/wadi/parts/soa", "etc/wadi/sub/one.html"}, files)
            self.assertNotIn("etc/wadi/sub/two.txt", files)
            self.assertEqual("lib64/ld-linux-x86-64.so.2" in files, loaded)
            self.assertIn('name = "my-page"', (out / "guest.cfg").read_text().splitlines())

    def test_a_guest_answers(self):
        out = self.dir / "out"
        status, text = image("build", "dns", "-c", ROOT / "config/dns-xen.json", "-o", out)
        self.assertEqual(status, 0, text)
        status, text = image("run", out, "--", "sh", "-c", "dig +short @10.53.0.2 www.example.org; exit 7")
        self.assertTrue(re.search(r"^192\.0\.2\.80\s*$", text, re.M), text)
        self.assertRegex(text, r"\[wadi-dns\] \S+ wadi-dns: ")  # a line of the log, with its time
        self.assertEqual(status, 7, text)


class Kernel(unittest.TestCase):
    """vmlinux.py: the ELF kernel within a bzImage."""

    ELF = b"\x7fELF" + bytes(range(256)) * 40

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)

    def bzimage(self, packed, sectors=3, version=0x20F):
        """One whose payload begins 100 bytes after the setup; the length of what is packed is behind it."""
        header = bytearray((sectors + 1) * 512 + 100)
        header[0x1F1], header[0x202:0x206] = sectors, b"HdrS"
        struct.pack_into("<H", header, 0x206, version)
        struct.pack_into("<II", header, 0x248, 100, len(packed) + 4)
        return bytes(header) + packed + struct.pack("<I", len(self.ELF)) + b"what follows"

    def unpack(self, image):
        """Standard error and the kernel, or None where there is none."""
        source, target = self.dir / "bzimage", self.dir / "vmlinux"
        source.write_bytes(image)
        target.unlink(missing_ok=True)
        done = subprocess.run([ROOT / "tools/xen/vmlinux.py", source, target], text=True, capture_output=True)
        self.assertEqual(done.returncode == 0, target.exists())
        return done.stderr, target.read_bytes() if target.exists() else None

    def zstd(self, data):
        return subprocess.run(["zstd", "-cq"], input=data, capture_output=True, check=True).stdout

    def test_as_debian_packs_it(self):
        for packed in lzma.compress(self.ELF), self.zstd(self.ELF):
            self.assertEqual(self.unpack(self.bzimage(packed)), ("", self.ELF))

    def test_what_is_none(self):
        xz = lzma.compress(self.ELF)
        for image, sentence in (
                (b"", "is no bzImage"),
                (bytes(4096), "is no bzImage"),
                (self.bzimage(xz, version=0x207), "is no bzImage"),
                (self.bzimage(xz[:60] + b"?" + xz[61:]), "cannot be unpacked"),
                (self.bzimage(xz[:-9]), "cannot be unpacked"),
                (self.bzimage(self.zstd(self.ELF)[:-9]), "cannot be unpacked"),
                (self.bzimage(b"\x1f\x8b gzip"), "no ELF kernel"),
                (self.bzimage(lzma.compress(b"MZ")), "no ELF kernel")):
            error, kernel = self.unpack(image)
            self.assertIsNone(kernel)
            self.assertRegex(error, f"(?m)^vmlinux: .*{sentence}")


if __name__ == "__main__":
    unittest.main()
