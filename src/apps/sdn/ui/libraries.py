"""Finds the page's libraries in node_modules, in the versions of package-lock.json, or has npm fetch them:
libraries.py SOURCE BUILD. Prints the folder that has them, and writes BUILD/licences.txt. Meson runs it while it
configures; a node_modules in SOURCE, as `npm ci` makes it there, is taken as it is."""

import json
import pathlib
import shutil
import subprocess
import sys

FETCH_S = 90


def locked(folder):
    """Name and version of each package that the lock names."""
    packages = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {path.removeprefix("node_modules/"): package["version"] for path, package in packages.items() if path}


def has(folder, wanted):
    def version(name):
        try:
            return json.loads((folder / "node_modules" / name / "package.json").read_text(encoding="utf-8"))["version"]
        except (OSError, ValueError, KeyError):
            return None
    return all(version(name) == of for name, of in wanted.items())


def fetch(source, build):
    npm = shutil.which("npm")
    if not npm:
        sys.exit("npm is missing: tools/deps page")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, build / name)
    try:
        done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0"],
                              cwd=build, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCH_S)
    except subprocess.TimeoutExpired:
        sys.exit(f"npm has not fetched the libraries within {FETCH_S} s")
    if done.returncode:
        sys.exit("npm cannot fetch the libraries: " + " ".join(done.stderr.split())[:400])


def main():
    source, build = map(pathlib.Path, sys.argv[1:])
    wanted = locked(source)
    build.mkdir(parents=True, exist_ok=True)
    folder = source if has(source, wanted) else build
    if not has(folder, wanted):
        fetch(source, build)
        if not has(build, wanted):
            sys.exit("npm has fetched other versions than package-lock.json names")
    with open(build / "licences.txt", "w", encoding="utf-8") as out:
        out.write("The page of wadi-sdn draws with these libraries.\n")
        for name, version in wanted.items():
            licence = (folder / "node_modules" / name / "LICENSE").read_text(encoding="utf-8").strip()
            out.write(f"\n{name} {version}\n\n{licence}\n")
    print(folder / "node_modules")


main()
