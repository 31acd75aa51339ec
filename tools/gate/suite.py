#!/usr/bin/env python3
# suite: runs the tests of one suite of a build folder, each with its limit of time times
# WADI_TIME_SCALE, and prints "STATUS NAME SECONDS" for each: ok, FAIL, skip, or SLOW for a
# test that was ended by its limit. Neighbour: tools/test, which runs those once more alone.
import argparse
import json
import os
import subprocess
from pathlib import Path

STATUS = {"OK": "ok", "EXPECTEDFAIL": "ok", "SKIP": "skip", "TIMEOUT": "SLOW"}


def introspect_part(folder, part):
    done = subprocess.run(["meson", "introspect", part, folder], check=True, text=True, capture_output=True)
    return json.loads(done.stdout)


def tests_of(folder, suite):
    return [test for test in introspect_part(folder, "--tests")
            if suite in [s.split(":")[-1] for s in test["suite"]]]


def introspect(folder, suite):
    """Command of each test of the suite, by its name."""
    return {test["name"]: test["cmd"] for test in tests_of(folder, suite)}


def is_below(name, folders):
    """Whether the test is of one of these folders of tests/unit; without any, it is wanted."""
    return not folders or name.split("/")[0] in folders.split(",")


def newest(path):
    """Time of the last change of a file, or of any file below a folder."""
    inside = path.rglob("*") if path.is_dir() else []
    return max(p.stat().st_mtime for p in [path, *inside])


def stamp(folder, name):
    return folder / "passed" / name.replace("/", "_")


def is_changed(folder, name, command):
    """Whether the program or what it reads is newer than the last time it passed."""
    passed = stamp(folder, name)
    if not passed.exists():
        return True
    words = [Path(word) for word in command if os.path.isabs(word)]
    return any(newest(path) > passed.stat().st_mtime for path in words if path.exists())


def run(folder, suite, names):
    """(status, name, seconds) of each test; what meson prints goes to SUITE.log."""
    # Two suites of a folder may run at a time.
    results = folder / f"meson-logs/{suite}.json"
    results.unlink(missing_ok=True)
    (folder / "passed").mkdir(exist_ok=True)
    # The sanitizers of Debian 12 fail with the address space layout of newer kernels.
    command = ["setarch", "-R", "meson", "test", "-C", str(folder), "--no-rebuild", "--suite", suite,
               "--print-errorlogs", "--logbase", suite, "-t", os.environ.get("WADI_TIME_SCALE", "1"), *names]
    with open(folder / f"{suite}.log", "w") as log:
        subprocess.run(command, stdout=log, stderr=subprocess.STDOUT)
    missing = set(names)
    for line in results.read_text().splitlines() if results.exists() else []:
        test = json.loads(line)
        name = test["name"].split(" / ")[-1].split(":")[-1]
        missing.discard(name)
        status = STATUS.get(test["result"], "FAIL")
        if status == "ok":
            stamp(folder, name).touch()
        else:
            stamp(folder, name).unlink(missing_ok=True)
        yield status, name, round(test["duration"])
    for name in sorted(missing):
        yield "FAIL", name, 0


def programs(folder, suite, below):
    """Build targets of the suite's tests: their programs, and those that they are given."""
    targets = {t["id"]: t["filename"] for t in introspect_part(folder, "--targets")}
    for test in tests_of(folder, suite):
        if not is_below(test["name"], below):
            continue
        for target in test["depends"]:
            for file in targets[target]:
                yield os.path.relpath(file, folder.resolve())


def main():
    parser = argparse.ArgumentParser(prog="suite.py")
    parser.add_argument("folder", type=Path)
    parser.add_argument("suite")
    parser.add_argument("name", nargs="*", help="only these tests")
    parser.add_argument("--programs", action="store_true", help="print what has to be built, run nothing")
    parser.add_argument("--below", metavar="FOLDER,...", help="only tests of these folders of tests/unit")
    parser.add_argument("--without", metavar="NAME,...", default="", help="these tests are left out")
    parser.add_argument("--changed", action="store_true",
                        help="leave out tests that passed and have not changed since")
    options = parser.parse_intermixed_args()
    if options.programs:
        print(*sorted(set(programs(options.folder, options.suite, options.below))), sep="\n")
        return
    commands = introspect(options.folder, options.suite)
    without = list(filter(None, options.without.split(",")))
    for name in without:
        if name not in commands:
            parser.error(f"the suite {options.suite} has no test {name} to be left out")
    names = [n for n in commands
             if is_below(n, options.below) and n not in without
             and (not options.name or n.removeprefix(options.suite + "/") in options.name)
             and (not options.changed or is_changed(options.folder, n, commands[n]))]
    if not names:
        return
    for result in run(options.folder, options.suite, names):
        print(*result)


main()
