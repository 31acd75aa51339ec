#!/usr/bin/env python3
"""Has a worker fault in the midst of a burst: fault.py PID PROGRAM ADDRESS NAME...

Holds the worker's thread, sends a query for each name, lets it go on with all of them in one
burst, and, when udp_input is called with the one in the middle, makes the pointer in its first
argument one to an unmapped page. What follows is a fault of the program's own."""
import ctypes
import os
import platform
import re
import socket
import struct
import subprocess
import sys
import time

CONT, STEP, GETREGS, SETREGS, DETACH, SEIZE, INTERRUPT = 7, 9, 12, 13, 17, 0x4206, 0x4207
WALL = 0x40000000
RDX, RDI, RIP = 12, 14, 16  # of struct user_regs_struct
UNMAPPED = 0x10
ptrace_call = ctypes.CDLL(None, use_errno=True).ptrace
ptrace_call.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, thread, data=None):
    if ptrace_call(request, thread, None, data) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x}")


def worker_of(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii") as comm:
            if comm.read().strip() == "worker0":
                return int(thread)
    raise ValueError("no thread is worker0")


def address_of(pid, program, symbol):
    """Where a function of the executable lies in the process."""
    names = subprocess.run(["nm", program], capture_output=True, text=True, check=True).stdout
    offset = int(re.search(rf"^(\w+) [Tt] {symbol}$", names, re.MULTILINE)[1], 16)
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        return int(maps.readline().split("-")[0], 16) + offset


def query(name, number):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", number, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


class Thread:
    def __init__(self, pid, thread):
        self.thread = thread
        self.memory = os.open(f"/proc/{pid}/mem", os.O_RDWR)
        self.regs = (ctypes.c_ulonglong * 27)()
        ptrace(SEIZE, thread)
        ptrace(INTERRUPT, thread)
        os.waitpid(thread, WALL)

    def read(self, at, length):
        return os.pread(self.memory, length, at)

    def write(self, at, code):
        os.pwrite(self.memory, code, at)

    def go(self, request):
        ptrace(request, self.thread)
        _, status = os.waitpid(self.thread, WALL)
        assert os.WIFSTOPPED(status), f"the thread ended: {status:#x}"
        ptrace(GETREGS, self.thread, self.regs)


def main():
    pid, program, server, names = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    if platform.machine() != "x86_64":
        sys.exit(77)
    victim = query(names[len(names) // 2], len(names) // 2)
    at = address_of(pid, program, "udp_input")
    thread = Thread(pid, worker_of(pid))
    code = thread.read(at, 1)
    thread.write(at, b"\xcc")
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number, name in enumerate(names):
        client.sendto(query(name, number), (server, 53))
    time.sleep(0.1)  # the kernel queues them
    while True:
        thread.go(CONT)
        assert thread.regs[RIP] == at + 1, f"stopped at {thread.regs[RIP]:#x}"
        thread.regs[RIP] = at
        page, = struct.unpack("<Q", thread.read(thread.regs[RDX], 8))  # of struct pkt
        found = victim in thread.read(page, 4096)
        if found:
            thread.regs[RDI] = UNMAPPED
        thread.write(at, code)
        ptrace(SETREGS, thread.thread, thread.regs)
        if found:
            break
        thread.go(STEP)
        thread.write(at, b"\xcc")
    ptrace(DETACH, thread.thread)
    print(victim.hex())


main()
