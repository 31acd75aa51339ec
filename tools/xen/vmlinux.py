#!/usr/bin/env python3
# vmlinux: takes the ELF kernel out of a bzImage whose payload is packed with xz, as
# Debian's are. Usage: vmlinux.py BZIMAGE VMLINUX
import lzma
import sys
from pathlib import Path

XZ_MAGIC = b"\xfd7zXZ\x00"


def payloads(image):
    """What unpacks at each place that looks like the begin of xz data."""
    at = image.find(XZ_MAGIC)
    while at >= 0:
        try:
            yield lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(image[at:])
        except lzma.LZMAError:
            pass
        at = image.find(XZ_MAGIC, at + 1)


def main():
    source, target = map(Path, sys.argv[1:])
    kernel = next((p for p in payloads(source.read_bytes()) if p.startswith(b"\x7fELF")), None)
    if kernel is None:
        sys.exit(f"{source}: there is no ELF kernel packed with xz inside")
    target.write_bytes(kernel)


main()
