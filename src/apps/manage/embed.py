"""Writes manage_page.c, with the bytes of the page's files: embed.py OUTPUT FILE..."""

import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

output, *names = sys.argv[1:]
files = [pathlib.Path(name) for name in names]
with open(output, "w", encoding="ascii") as out:
    out.write('// manage_page: made of the files in page/.\n#include "apps/manage/manage_page.h"\n\n')
    for number, file in enumerate(files):
        data = ",".join(map(str, file.read_bytes()))
        out.write(f"static const uint8_t file_{number}[] = {{{data}}};\n")
    out.write("\nconst struct manage_page manage_pages[] = {\n")
    for number, file in enumerate(files):
        path = "/" if file.name == "index.html" else f"/{file.name}"
        out.write(f'\t{{"{path}", "{TYPES[file.suffix]}", file_{number}, sizeof(file_{number})}},\n')
    out.write("\t{0},\n};\n")
