#!/usr/bin/env python3
# examples: what the README, the documents, --help and the man pages show is tried:
# each device and option is accepted, each option --set and each configuration passes
# `check`, and each command that needs neither root nor a network runs. Programs that are
# built are this test's arguments; a device of a backend that is not built is left out.
import functools
import json
import re
import shlex
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = {Path(p).name: str(Path(p).resolve()) for p in sys.argv[1:]}
KINDS = r"(?:impair\([^)\s]*\):)?(?:tap|af_xdp|af_packet|memif|pcap|pci|xen|mem):"
SAMPLES = {"NAME": "t0", "IFACE": "lo", "SOCKET": "/run/wadi/link.sock", "IN,OUT": "/var/tmp/in.pcap,/var/tmp/out.pcap",
           "DDDD:BB:DD.F": "0000:01:00.0", "net_DRIVERn": "net_virtio_user0", "vif/N": "vif/0", "DEVICE": "mem:t0", "MAC": "02:00:00:00:00:01",
           "PERCENT": "0.5%", "RATE": "10Mbit", "TIME": "5ms"}
NUMBERS = ("1", "8", "512", "2048")  # of which an option takes one


def run(*command, **options):
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=60, **options)


def documents():
    """Name and text of all that users read."""
    for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("config/**/*.json")),
                 *sorted(ROOT.glob("examples/**/*.json"))]:
        yield str(path.relative_to(ROOT)), path.read_text()
    for name, path in PROGRAMS.items():
        for option in "--help", "--man", *([] if name == "wadi-ctl" else ["--help-config"]):
            done = run(path, option)
            assert done.returncode == 0, f"{name} {option}: {done.stderr}"
            yield f"{name} {option}", done.stdout.replace("\\-", "-").replace("\\e", "\\")


def check(*sets):
    return run(PROGRAMS["wadi-dns"], "check", "-c", "config/dns.json", *[word for s in sets for word in ("--set", s)])


@functools.lru_cache
def accepts(device):
    """None when the device is accepted or of a backend that is not built, else the sentence."""
    done = check(f"ports[0].device={device}")
    return None if done.returncode == 0 or "build with -D" in done.stderr else done.stderr.strip()


class Examples(unittest.TestCase):
    def test_devices(self):
        """Devices without placeholders, wherever they stand."""
        found = 0
        for name, text in documents():
            for device in sorted(set(re.findall(rf"(?<![\w/.=])({KINDS}[\w./:=,%-]*[\w%])", text))):
                if re.search(r"[A-Z]{2}|/N|xen:(?!vif)", device):
                    continue  # a form, or a guest's name in a command
                found += 1
                with self.subTest(device, of=name):
                    self.assertIsNone(accepts(device))
        self.assertGreater(found, 10)

    def test_forms(self):
        """The rows of the README's table: each form, each of its options, all of them together."""
        rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| (.*?) ?\|$", (ROOT / "README.md").read_text(), re.M)
        self.assertGreater(len(rows), 7)
        for form, options in rows:
            form = form.replace("[,option=value...]", "")
            for word, sample in SAMPLES.items():
                form = form.replace(f":{word}", f":{sample}")
            together = []
            for option in re.findall(r"`([^`]+)`", options):
                name, value = option.replace("\\|", "|").split("=")
                values = NUMBERS if value == "N" else SAMPLES.get(value, value).split("|")
                taken = [v for v in values if accepts(self.device(form, f"{name}={v}")) is None]
                with self.subTest(form, option=option):
                    self.assertTrue(taken if value == "N" else taken == values, option)
                together.append(f"{name}={taken[0] if taken else values[0]}")
            with self.subTest(form, options=together):
                self.assertIsNone(accepts(self.device(form, ",".join(together))))

    @staticmethod
    def device(form, options):
        if form.startswith("impair("):
            return form.replace("OPTION=VALUE,...", options or "loss=1%")
        return f"{form},{options}" if options else form

    def test_long_paths(self):
        folder = "/srv/" + "captures/" * 20
        self.assertIsNone(accepts(f"pcap:{folder}in.pcap,{folder}out.pcap"))
        self.assertIsNone(accepts("memif:/run/" + "m" * 90 + ".sock,role=client,id=7,ring=12,bsize=4096"))

    def test_options(self):
        """--set KEY=VALUE, and keys with values in running text."""
        for name, text in documents():
            text = re.sub(r"\n\s*", " ", text) if name.startswith("wadi-") else text
            sets = re.findall(r"--set[ =]'?([a-z_.\[\]\d]+=[^\s',;`)]*[^\s',;`).])", text)
            sets += [f"{key}={value}" for key, value in re.findall(r'`"(workers|idle)": "?(\w+)"?`', text)]
            for option in sorted(set(sets)):
                if re.match(r"(time|balance|echo|lines)\.", option):
                    continue  # of another appliance; its configuration is tried below
                with self.subTest(option, of=name):
                    done = check(option)
                    self.assertEqual(done.returncode, 0, done.stderr)

    def test_configurations(self):
        """JSON with ports, by the appliance whose section it has."""
        found = 0
        for name, text in documents():
            blocks = [text] if name.endswith(".json") else re.findall(r"^```json\w*\n(.*?)^```", text, re.S | re.M)
            for block in blocks:
                conf = json.loads(block)
                socket = conf.get("control", {}).get("socket", "") if isinstance(conf, dict) else ""
                program = PROGRAMS.get("wadi-" + Path(socket).stem)
                if "ports" not in conf or not program:
                    continue
                found += 1
                path = ROOT / name if name.endswith(".json") else None
                with self.subTest(of=name):
                    done = run(program, "check", "-c", str(path or "/dev/stdin"), input=None if path else block)
                    self.assertTrue(done.returncode == 0 or "build with -D" in done.stderr, done.stderr)
        self.assertGreater(found, 4)

    def test_commands(self):
        """Commands of the build that documents show with their output."""
        for name, text in documents():
            for command, output in re.findall(r"^    \$ (build/\S+/wadi-\S+ .*)\n((?:    .*\n)*)", text, re.M):
                words = shlex.split(command)
                with self.subTest(command, of=name):
                    done = run(PROGRAMS[Path(words[0]).name], *words[1:])
                    self.assertEqual(done.stdout.split(), output.split())

    def test_health_checks(self):
        """Health checks of the documents, without a server: it cannot be asked. Beside one: tests/net/health.sh."""
        found = 0
        for name, text in documents():
            for words in re.findall(r"\bwadi-ctl( /run/\S+ health(?: --[\w-]+(?: \d+)?)*)", text):
                found += 1
                with self.subTest(words, of=name):
                    done = run(PROGRAMS["wadi-ctl"], *words.replace("/run/wadi/", "/nowhere/").split())
                    self.assertEqual(done.returncode, 3, done.stderr)
        self.assertGreater(found, 4)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
