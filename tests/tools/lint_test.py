#!/usr/bin/env python3
# lint_test: shows each gate of tools/lint a small tree with one defect, which it must
# find, and the same tree without it, with which it must be content.
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINT = Path(__file__).resolve().parents[2] / "tools/lint"
DROPS = '#define DROP_LIST(S, D) \\\n\tS(ETH, "eth", "Ethernet")\\\n\tD(ETH, SHORT, "eth.short", "%s")\n'
LONG = DROPS.replace("SHORT", "LONG").replace("short", "long") % "frame is long"
WIRE = "// x_wire: x.\nstruct OVERLAY x {\n\t%s;\n};\n%s\n"
SIZED = "OVERLAY_SIZE(struct x, 2, a, 0);"

# Gate, file, sound text, defective text, what the gate must say of it.
CASES = [
    ("format", "src/core/a.c", "// a: a.\nint a;\n", "// a: a.\nint  a;\n", "clang-format"),
    ("layers", "src/core/a.c", '#include "core/b.h"\n', '#include "proto/dns/zone/zone.h"\n', "may not include"),
    ("layers", "src/core/a.c", '#include "core/b.h"\n', '#include "core/host/b.h"\n', "may not include"),
    ("layers", "src/proto/x/a.c", '#include "core/b.h"\n', '#include "core/host/b.h"\n', "may not include"),
    ("layers", "src/core/host/a.c", '#include "core/b.h"\n', '#include "proto/x/b.h"\n', "may not include"),
    ("layers", "src/proto/dns/a.c", '#include "proto/dns/b.h"\n', '#include "proto/tcpip/udp.h"\n',
     "may not include"),
    ("layers", "src/proto/dns/wire/a.c", '#include "proto/dns/wire/b.h"\n', '#include "proto/dns/text/b.h"\n',
     "may not include"),
    ("layers", "src/proto/dns/text/a.c", '#include "proto/dns/wire/b.h"\n', '#include "proto/dns/rdata/b.h"\n',
     "may not include"),
    ("layers", "src/proto/dns/rdata/a.c", '#include "proto/dns/text/b.h"\n', '#include "proto/dns/zone/b.h"\n',
     "may not include"),
    ("layers", "src/proto/dns/zone/a.c", '#include "proto/dns/rdata/b.h"\n', '#include "proto/dns/load/b.h"\n',
     "may not include"),
    ("layers", "src/proto/dns/zone/a.c", '#include "proto/dns/wire/b.h"\n', '#include "proto/dns/answer/b.h"\n',
     "may not include"),
    ("layers", "src/proto/dns/load/a.c", '#include "proto/dns/zone/b.h"\n', '#include "proto/dns/answer/b.h"\n',
     "may not include"),
    ("layers", "src/proto/dns/answer/a.c", '#include "proto/dns/zone/b.h"\n', '#include "proto/dns/load/b.h"\n',
     "may not include"),
    ("layers", "src/backends/mem/a.c", '#include "core/b.h"\n', '#include "proto/dns/b.h"\n', "may not"),
    ("layers", "src/apps/dns/a.c", '#include "proto/dns/b.h"\n', "#include <rte_mbuf.h>\n", "belongs to"),
    ("layers", "src/core/a.c", '#include "core/b.h"\n', '#include "b.h"\n', "with its folder"),
    ("circles", "src/proto/dns/load/a.c", '#include "proto/dns/load/a.h"\n',
     '#include "proto/dns/load/b.h"\n', "leads back here"),
    ("names", "src/core/a.c", "int a_b(void)\n{\n\treturn 1;\n}\n", "int b(void)\n{\n\treturn 1;\n}\n",
     "begin its name with a_"),
    ("names", "src/core/a.c", "static int b(void)\n{\n\treturn 1;\n}\n", "int ab(void)\n{\n\treturn 1;\n}\n",
     "ab is external"),
    ("names", "src/apps/x/a.c", "int x_a_b(void)\n{\n\treturn 1;\n}\n", "int x_b(void)\n{\n\treturn 1;\n}\n",
     "x_b is external"),
    ("names", "src/apps/x/a.c", "int h_a(void)\n{\n\treturn 1;\n}\n", "int h_b(void)\n{\n\treturn 1;\n}\n",
     "h_b is external"),
    ("budget", "src/core/a.c", "int a(void)\n{\n" + "\t;\n" * 110 + "}\n",
     "int a(void)\n{\n" + "\t;\n" * 120 + "}\n", "a has 123 lines"),
    ("budget", "src/core/a.c", "//\n" * 800, "//\n" * 801, "split it by noun"),
    ("overlays", "src/proto/x/x_wire.h", WIRE % ("be16_t a", SIZED), WIRE % ("be16_t a", ""), "lacks its"),
    ("overlays", "src/proto/x/x_wire.h", WIRE % ("uint8_t a", SIZED), WIRE % ("uint16_t a", SIZED),
     "type uint16_t"),
    ("overlays", "src/proto/x/x_wire.h", WIRE % ("uint8_t a", SIZED), WIRE % ("uint8_t a : 4", SIZED),
     "bit-field"),
    ("overlays", "src/proto/x/x_wire.h", WIRE % ("be16_t a", SIZED),
     WIRE.replace("OVERLAY ", "") % ("be16_t a", SIZED), "lacks OVERLAY"),
    ("hot-path", "src/core/host/pipeline.c", '#include "core/pkt.h"\n', '#include "core/host/log.h"\n', "may not log"),
    ("drops", "src/core/drop.h", DROPS % "frame is short", DROPS % "", "needs a help text"),
    ("drops", "src/core/drop.h", "", LONG, "provoked by no test"),
    ("drops", "src/core/drop.h", "", LONG, "counted nowhere"),
    ("words", "src/core/a.c", "// a: done.\n", "// a: TO" "DO\n", "open an issue"),
    ("words", "src/core/a.c", "// a: a.\n", "int a;\n", "what the file is"),
    ("words", "src/core/a.c", "// a: a.\n", "// a: a.\n/" "* b *" "/\n", "line comments"),
    ("language", "src/core/a.c", "// a: no client.\n", "// a: nobody.\n", '"nobody": say name the actor'),
    ("language", "src/core/a.c", "// a: up to\n// n.\n", "// a: so\n//\tmany.\n", 'a.c:1: "so many"'),
    ("language", "src/core/a.c", "// a: a.\nint nobody;\n", '// a: a.\n\n"no" "memory is " \\\n\t"short"\n',
     'a.c:3: "memory is short"'),
    ("language", "docs/a.md", "It reports.\n", "It\ntells.\n", '"tells"'),
    ("language", "tools/a", "# A report\n", "# It\n# tells\n", '"tells"'),
    ("language", "src/core/a_internal.h", "// a: a.\n", "// a: a.\n#include \"core/a_part.h\"\n", "a_internal.h:2:"),
    ("words", "src/core/a.c", "// a: a.\n#define A \\\n\t/" "* b *" "/ \\\n\t1\n", "// a: a.\n\t/" "* b *" "/ \n", "line comments"),
    ("shell", "tools/a", '#!/bin/bash\necho "$1"\n', "#!/bin/bash\necho $1\n", "SC2086"),
    ("purity", "src/proto/x/x.c", "int memcmp(void);int x(void) { return memcmp(); }",
     "int time(void);int x(void) { return time(); }", "may not call time"),
    ("purity", "src/core/a.c", "int a(void);int a(void) { return 1; }",
     "int time(void);int a(void) { return time(); }", "may not call time"),
    ("purity", "src/proto/dns/zone/zone.c", "int memcmp(void);int x(void) { return memcmp(); }",
     "int zone_load(void);int x(void) { return zone_load(); }", "may not call zone_load"),
    ("purity", "src/proto/x/x.c", "const int x = 1;", "int x = 1;", "x is a global"),
    ("purity", "src/proto/x/x.c", "int x(void); int x(void) { return 1; }",
     "int malloc(int);int x(void) { return malloc(1); }", "may not call malloc"),
]
MESSAGES = [
    ("core: add a thing\n\nIt was missing.", None),
    ("Add a thing\n\nIt was missing.", "in lower case"),
    ("core: add a thing.\n\nIt was missing.", "no full stop"),
    ("core: add a thing", "a body that says why"),
    ("core: " + "a" * 70 + "\n\nIt was missing.", "characters, 72 are allowed"),
    ("core: add\n\n" + "a " * 60, "wrap the body"),
]
ENV = os.environ | {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER")
                    for what in ("NAME", "EMAIL")}


def run(tree, *words):
    return subprocess.run(words, cwd=tree, text=True, capture_output=True, env=ENV)


def tree_with(folder, name, text):
    shutil.rmtree(folder, ignore_errors=True)
    files = {name: text, "src/core/use.c": "// use: DROP_ETH_SHORT.\n",
             "src/exempt/a.c": "// a: told to nobody.\n",
             "tests/unit/use.c": "// use: eth.short.\n"}
    files.setdefault("src/core/drop.h", "// drop: none.\n")
    if name.startswith("src/proto/dns/load/"):
        files |= {"src/proto/dns/load/a.h": "// a: a.\n",
                  "src/proto/dns/load/b.h": '// b: b.\n#include "proto/dns/load/a.h"\n'}
    if name.startswith("src/apps/x/"):
        files["src/apps/x/h_internal.h"] = "// h: shared.\nint h_a(void);\n"
    for file, content in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(content)
    (folder / "tools").mkdir(exist_ok=True)
    shutil.copy(LINT, folder / "tools/lint")
    words, mark, _ = LINT.with_name("words").read_text().partition("[exempt]\n")
    (folder / "tools/words").write_text(words + mark + "src/exempt/\n")
    shutil.copy(LINT.parent.parent / ".clang-format", folder)
    run(folder, "git", "init", "-q")


def archives(folder):
    """The libraries that a build would have made."""
    for name in "core", "proto/x", "proto/dns/zone":
        home = folder / "build/src" / name
        sources = sorted((folder / "src" / name).glob("*.c"))
        if name != "core" and not sources:
            continue
        home.mkdir(parents=True)
        run(folder, "gcc", "-w", "-fno-builtin", "-c", *map(str, sources))
        objects = [source.with_suffix(".o").name for source in sources]
        run(folder, "ar", "rcs", str(home / f"lib{home.name}.a"), *objects)
    (folder / "build/build.ninja").write_text("")


def verdict(folder, gate):
    done = run(folder, sys.executable, "tools/lint", gate)
    return done.returncode, done.stdout + done.stderr


def main():
    wrong = 0
    with tempfile.TemporaryDirectory() as tmp:
        folder = Path(tmp) / "tree"
        for gate, name, sound, defective, said in CASES:
            for text, wanted in (sound, 0), (defective, 1):
                tree_with(folder, name, text)
                if gate == "purity":
                    archives(folder)
                status, output = verdict(folder, gate)
                if status != wanted or (wanted and not re.search(re.escape(said), output)):
                    wrong += 1
                    print(f"lint/{gate} on {text!r}: status {status}, wanted {wanted}\n{output}")
        for message, said in MESSAGES:
            tree_with(folder, "src/core/a.c", "// a: a.\n")
            run(folder, "git", "add", "-A")
            run(folder, "git", "commit", "-q", "-m", message)
            status, output = verdict(folder, "commits")
            if status != bool(said) or (said and said not in output):
                wrong += 1
                print(f"lint/commits on {message!r}: status {status}\n{output}")
    print(f"{2 * len(CASES) + len(MESSAGES)} trees, {wrong} judged wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
