#!/usr/bin/python3
# depends_test: the build dependencies of the Debian package are the libraries that tools/deps installs for a
# build; the package itself is built in long mode only (deb_test.sh).
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Of a compiler that every build of a package has, and of tests.
NOT_NAMED = {"libc6-dev", "libcmocka-dev"}


def libraries(text):
    return set(re.findall(r"\blib[\w.+-]+-dev\b", text))


class Depends(unittest.TestCase):
    def test_the_package_is_built_with_the_libraries_of_the_build(self):
        build = "\n".join(re.findall(r"^\tbuild +(.*)$", (ROOT / "tools/deps").read_text(), re.M))
        control = (ROOT / "tools/package/debian/control").read_text()
        named = re.search(r"^Build-Depends:\n((?: .*\n)+)", control, re.M)[1]
        self.assertGreater(len(libraries(build)), 5)
        self.assertEqual(libraries(named), libraries(build) - NOT_NAMED)


if __name__ == "__main__":
    unittest.main()
