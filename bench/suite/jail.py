# jail: the namespaces that a run lives in: of processes, mounts and network, with a /run of its own
# on tmpfs. Its first process dies with the program that made it, and the kernel then ends every
# other process in it and frees its namespaces, links and files. So nothing is left on the machine, however
# a run ends. The huge pages, which no namespace holds, are given back by a process of its own.
import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

from suite.server import Trouble

CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 2, 4, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
HUGE_PAGES, HUGE_PAGES_WANTED = Path("/proc/sys/vm/nr_hugepages"), 512
FOLDER = Path("/run")  # empty in the jail, gone with it
INTERRUPTED = 130
libc = ctypes.CDLL(None, use_errno=True)


def must(result, what):
    if result:
        raise Trouble(f"{what}: {os.strerror(ctypes.get_errno())}")


def unshare(flags):
    must(libc.unshare(flags), "namespaces")


def join_network(file):
    """This thread enters the network namespace of an open file."""
    must(libc.setns(file.fileno(), CLONE_NEWNET), "setns")


def mount(kind, target, flags):
    must(libc.mount(kind, str(target).encode(), kind, flags, None), f"mounting {target}")


def lock():
    """Whoever measures on this machine holds the count of huge pages locked; two at a time would measure
    each other."""
    held = open(HUGE_PAGES, "r+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("another tools/bench is measuring on this machine; this one waits for its end", flush=True)
        fcntl.flock(held, fcntl.LOCK_EX)
    return held


def keep_huge_pages(held):
    """Reserves huge pages; returns a process that restores their number, and then unlocks it, when it reads the
    end of its standard input, which is when no process of the run is left."""
    before = HUGE_PAGES.read_text().strip()
    keeper = subprocess.Popen(["sh", "-c", f"trap '' HUP INT TERM; cat >/dev/null; echo {before} >{HUGE_PAGES}"],
                              stdin=subprocess.PIPE, start_new_session=True, pass_fds=[held.fileno()])
    if int(before) < HUGE_PAGES_WANTED:
        HUGE_PAGES.write_text(str(HUGE_PAGES_WANTED))
    return keeper


def interrupt(*_):
    raise KeyboardInterrupt


def live(alive, function):
    """The first process of the jail: its end is the end of all in it."""
    must(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), "prctl")
    if os.read(alive, 1) != b"\n":  # the program had ended before
        os._exit(INTERRUPTED)
    signal.signal(signal.SIGHUP, interrupt)
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    os.setsid()  # so that Ctrl-C reaches the program only, which passes it on
    mount(b"none", "/", MS_REC | MS_PRIVATE)
    mount(b"proc", "/proc", MS_NOSUID | MS_NODEV)
    mount(b"tmpfs", FOLDER, MS_NOSUID | MS_NODEV)
    return function()


def reap():
    """Takes leave of processes whose parents ended before them; only while the run waits for none of its own."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def status_of(function, *arguments):
    """Runs it as a program's main part; its exit status, which is what it returns, if that is not None."""
    try:
        return function(*arguments) or 0
    except Trouble as fault:
        print(f"tools/bench: {fault}", file=sys.stderr)
        return 1
    except OSError as fault:
        print(f"tools/bench: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def run(function):
    """Runs the function in a jail of its own, as root; returns its exit status."""
    held = lock()
    keeper = keep_huge_pages(held)
    held.close()
    unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET)
    alive, begin = os.pipe()
    sys.stdout.flush()
    first = os.fork()
    if first == 0:
        os.close(begin)
        os._exit(end_of(live, alive, function))
    for number in signal.SIGHUP, signal.SIGINT, signal.SIGTERM:
        signal.signal(number, lambda number, _: os.kill(first, number))
    os.write(begin, b"\n")
    status = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    keeper.stdin.close()
    keeper.wait()
    return status if status >= 0 else 128 - status


def end_of(function, *arguments):
    """As status_of, also of a mistake in this program, and with what was printed on its way."""
    try:
        return status_of(function, *arguments)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
