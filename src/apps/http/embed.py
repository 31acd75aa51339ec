"""Writes a table of http_embed.h with files and their gzip forms: embed.py [--at=PATH...] TABLE OUTPUT FILE...

A file is at "/NAME", index.html at "/", and the first ones at the paths that are given."""

import gzip
import hashlib
import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json",
         ".png": "image/png", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8"}


def places(paths, names):
    files = [pathlib.Path(name) for name in names]
    for number, file in enumerate(files):
        yield paths[number] if number < len(paths) else "/" if file.name == "index.html" else f"/{file.name}", file


def array(out, name, data):
    out.write(f"static const uint8_t {name}[] = {{{','.join(map(str, data))}}};\n")


def main(paths, table, output, *names):
    rows = []
    with open(output, "w", encoding="ascii") as out:
        out.write(f'// {table}: made by embed.py.\n#include "apps/http/http_embed.h"\n\n'
                  f"extern const struct http_embed {table}[];\n\n")
        for number, (path, file) in enumerate(places(paths, names)):
            plain = file.read_bytes()
            small = gzip.compress(plain, 9, mtime=0)
            digest = hashlib.sha256(plain).hexdigest()[:16]
            array(out, f"plain_{number}", plain)
            row = f'"{path}", "{TYPES[file.suffix]}", "\\"{digest}\\"", "\\"{digest}-gzip\\"", plain_{number}, '
            if len(small) < len(plain):
                array(out, f"gzip_{number}", small)
                rows.append(f"{row}gzip_{number}, {len(plain)}, {len(small)}")
            else:
                rows.append(f"{row}NULL, {len(plain)}, 0")
        out.write(f"\nconst struct http_embed {table}[] = {{\n")
        out.writelines(f"\t{{{row}}},\n" for row in rows)
        out.write("\t{0},\n};\n")


options = [option for option in sys.argv[1:] if option.startswith("--at=")]
main([option[5:] for option in options], *sys.argv[1 + len(options):])
