#!/usr/bin/env python3
# vmlinux: takes the ELF kernel out of a bzImage, which says where it is packed in there: by xz in
# Debian 12, by zstd in 13. Usage: vmlinux.py BZIMAGE VMLINUX
import lzma
import struct
import subprocess
import sys
from pathlib import Path

# Offsets in the setup header (Linux, Documentation/arch/x86/boot.rst), whose version 2.08 has the payload.
SETUP_SECTORS_AT, MAGIC_AT, VERSION_AT, PAYLOAD_AT = 0x1F1, 0x202, 0x206, 0x248
VERSION_MIN = 0x0208
SECTOR = 512
LENGTH_BYTES = 4  # of what is packed, behind it


def payload(image):
    """What is packed, or None where there is no such header."""
    if len(image) < PAYLOAD_AT + 8 or image[MAGIC_AT:MAGIC_AT + 4] != b"HdrS":
        return None
    if struct.unpack_from("<H", image, VERSION_AT)[0] < VERSION_MIN:
        return None
    at, length = struct.unpack_from("<II", image, PAYLOAD_AT)
    at += ((image[SETUP_SECTORS_AT] or 4) + 1) * SECTOR
    return image[at:at + length - LENGTH_BYTES]


def unpacked(packed):
    if packed.startswith(b"\xfd7zXZ\0"):
        reader = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        kernel = reader.decompress(packed)
        if not reader.eof:
            raise lzma.LZMAError("it is cut off")
        return kernel
    if packed.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(["zstd", "-dcq"], input=packed, stdout=subprocess.PIPE, check=True).stdout
    return b""


def main():
    source, target = map(Path, sys.argv[1:])
    packed = payload(source.read_bytes())
    if packed is None:
        sys.exit(f"vmlinux: {source} is no bzImage")
    try:
        kernel = unpacked(packed)
    except (lzma.LZMAError, subprocess.CalledProcessError, FileNotFoundError) as fault:
        sys.exit(f"vmlinux: {source}: what is packed cannot be unpacked: {fault}")
    if not kernel.startswith(b"\x7fELF"):
        sys.exit(f"vmlinux: {source} holds no ELF kernel that is packed with xz or zstd")
    target.write_bytes(kernel)


main()
