#!/usr/bin/env python3
# mbr: a disk that a BIOS boots: GRUB's boot sector, its core in the gap behind it, and one
# partition. Usage: mbr.py BOOT_IMG CORE_IMG PARTITION DISK
import struct
import sys
from pathlib import Path

SECTOR = 512
PARTITION_SECTOR = 2048
LINUX = 0x83
TABLE_AT = 446
# Where GRUB's boot sector jumps over a check that a disk which is no floppy needs: of BIOSes
# that name the boot drive wrongly.
DRIVE_CHECK_AT, NO_JUMP = 0x66, b"\x90\x90"
NO_CYLINDERS = b"\xfe\xff\xff"  # addresses by cylinder, which no BIOS reads


def entry(sectors):
    """Of the partition table: active, by sectors."""
    return bytes([0x80]) + NO_CYLINDERS + bytes([LINUX]) + NO_CYLINDERS + struct.pack("<II", PARTITION_SECTOR, sectors)


def main():
    boot, core, partition, disk = map(Path, sys.argv[1:])
    gap = core.read_bytes()
    if len(gap) > (PARTITION_SECTOR - 1) * SECTOR:
        sys.exit(f"mbr: {core} does not fit before the partition")
    data = partition.read_bytes()
    first = bytearray(boot.read_bytes()[:TABLE_AT])
    first[DRIVE_CHECK_AT:DRIVE_CHECK_AT + len(NO_JUMP)] = NO_JUMP
    first += entry(len(data) // SECTOR).ljust(4 * 16, b"\0") + b"\x55\xaa"
    disk.write_bytes((bytes(first) + gap).ljust(PARTITION_SECTOR * SECTOR, b"\0") + data)


main()
