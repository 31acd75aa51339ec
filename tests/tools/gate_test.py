#!/usr/bin/env python3
# gate_test: shows tools/test a tree of a few tests, of which one is wrong, one is too slow
# once, and one always; and of a few scripts, of which one fails once, one twice, one always, and
# one whose server dies; they must be told apart. Neighbour: lint_test.py.
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MESON = """project('tiny', 'c')
add_project_arguments('-w', language: 'c')
foreach name : ['sound', 'wrong', 'long', 'once', 'always']
  test('x/' + name, find_program('case.sh'), args: [name, meson.project_source_root() / 'ran'],
       suite: 'unit', timeout: 1)
endforeach
"""
# long is as slow as the limits of a slow machine allow.
CASE = """#!/bin/sh
case $1 in
wrong) exit 1 ;;
long) sleep 1.5 ;;
once) [ -e "$2" ] || { touch "$2"; sleep 60; } ;;
always) sleep 60 ;;
esac
"""
WAITS = """. "$(dirname "$0")/lib.sh"
%s
poll 1 false || fail "nothing came"
"""
COUNTS = """#!/bin/bash
. "$(dirname "$0")/lib.sh"
echo >>"$0.runs"
run=$(wc -l <"$0.runs")
"""


def put(tree, name, text, mode=0o755):
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


class Gate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name)
        (self.tree / "tools").mkdir()
        shutil.copy(ROOT / "tools/test", self.tree / "tools/test")
        shutil.copytree(ROOT / "tools/gate", self.tree / "tools/gate")
        put(self.tree, "tools/deps", "#!/bin/sh\n")

    def gate_tree(self, pace):
        """The tiny suite, on a machine of this pace."""
        put(self.tree, "meson.build", MESON)
        put(self.tree, "meson_options.txt", "option('sdn_page', type: 'feature', value: 'auto')\n")
        put(self.tree, "case.sh", CASE)
        put(self.tree, "tools/gate/pace.py", f"#!/bin/sh\necho {pace}\n")

    def gate(self, pace):
        """What the gate says of it: status, output."""
        self.gate_tree(pace)
        done = subprocess.run([self.tree / "tools/test", "unit"], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def test_slow_machine(self):
        status, said = self.gate("1.6")
        self.assertEqual(status, 1, said)
        self.assertIn("slow: unit/x/once reached its limit, and passed alone", said)
        self.assertIn("failed for time alone: unit/x/always", said)
        self.assertIn("failed: unit/x/wrong  build-asan/unit.log\n", said)
        # Nothing that is wrong is tried again.
        self.assertNotIn("once more: unit/x/wrong", said)
        self.assertEqual(said.splitlines()[-1], "4 passed, 2 failed, 0 skipped")

    def test_idle_machine(self):
        status, said = self.gate("1.0")
        self.assertEqual(status, 1, said)
        self.assertNotIn("for time alone", said)
        self.assertIn("failed: unit/x/always reached its limit on a machine that is not busy", said)

    def script(self, line):
        put(self.tree, "build/wadi-dns", "#!/bin/sh\n")
        shutil.copytree(ROOT / "tests/net", self.tree / "tests/net", dirs_exist_ok=True)
        put(self.tree, "tests/net/waits.sh", "#!/bin/bash\n" + WAITS % line)
        return subprocess.run([self.tree / "tests/net/waits.sh"], capture_output=True,
                              env=os.environ | {"WADI_BUILD": "build", "WADI_TIME_SCALE": "1"}).returncode

    def test_script(self):
        self.assertEqual(self.script(""), 75, "a wait that ran out")
        self.assertEqual(self.script("sleep 0 & pid_of[server]=$!; wait"), 1, "a server that died")
        self.assertEqual(self.script("fail at once"), 76, "a failure without a wait")

    def scripts(self, lines):
        """What the gate says of scripts of these names; each counts its runs in a file."""
        self.gate_tree("1.0")
        put(self.tree, "build/wadi-dns", "#!/bin/sh\n")
        shutil.copytree(ROOT / "tests/net", self.tree / "tests/net", ignore=lambda _, names: set(names) - {"lib.sh"})
        for name, line in lines.items():
            put(self.tree, f"tests/net/{name}.sh", COUNTS + line + "\n")
        done = subprocess.run([self.tree / "tools/test", "net"], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    @unittest.skipIf(os.getuid(), "the gate runs scripts as root only")
    def test_unsure_scripts(self):
        status, said = self.scripts({"sound": "true", "once": '[ "$run" -gt 1 ] || fail "the first time"',
                                     "twice": '[ "$run" != 1 ] && [ "$run" != 3 ] || fail "each second time"',
                                     "dies": "sleep 0 & pid_of[server]=$!; wait; fail for that"})
        self.assertEqual(status, 1, said)
        self.assertIn("unsure: net/once failed beside other parts, passed three times alone; "
                      "build-gate/once.first.log: FAIL: the first time\n", said)
        self.assertIn("failed: net/twice  FAIL: each second time\n", said)
        self.assertIn("failed: net/dies  FAIL: for that\n", said)
        self.assertNotIn("more: net/dies", said)
        self.assertEqual(said.splitlines()[-1], "3 passed, 2 failed, 0 skipped")

    @unittest.skipIf(os.getuid(), "the gate runs scripts as root only")
    def test_many_unsure_scripts(self):
        status, said = self.scripts({f"once{i}": '[ "$run" -gt 1 ] || fail "the first time"' for i in range(4)})
        self.assertEqual(status, 1, said)
        self.assertNotIn("== three times", said)
        self.assertEqual(said.splitlines()[-1], "1 passed, 4 failed, 0 skipped")


unittest.main()
