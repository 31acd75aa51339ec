#!/usr/bin/env python3
"""freeze PID THREAD COMMAND...: runs the command while one thread of a process, found by its
name, is stopped by ptrace and all others run: a worker that hangs. Exits as the command does."""
import ctypes
import os
import subprocess
import sys
from pathlib import Path

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None):
        raise OSError(ctypes.get_errno(), "ptrace")


def main():
    pid, name, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    tasks = Path("/proc", pid, "task").iterdir()
    (thread,) = [int(task.name) for task in tasks if (task / "comm").read_text().strip() == name]
    ptrace(PTRACE_SEIZE, thread)
    ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, WALL)
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        ptrace(PTRACE_DETACH, thread)


sys.exit(main())
