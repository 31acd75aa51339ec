# effort: what an answer costs the server's core, by kind, and in system calls. Rates of a busy
# machine do not repeat; these nearly do.
import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path

TICKS_PER_S = 100  # of /proc/stat
KINDS = ["user", "nice", "system", "idle", "iowait", "irq", "softirq"]
CALLS = ["sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "read", "write", "poll", "ppoll", "epoll_wait"]


def core_times(core):
    """Ticks of a core by kind since the machine started."""
    found = re.search(rf"^cpu{core} (.*)", Path("/proc/stat").read_text(), re.M)
    return dict(zip(KINDS, map(int, found[1].split())))


class Calls:
    """Counts the system calls on a core, as the kernel does for perf."""

    def __init__(self, core):
        events = ",".join(["raw_syscalls:sys_enter", *(f"syscalls:sys_enter_{call}" for call in CALLS)])
        (told, tell), (answered, answer) = os.pipe(), os.pipe()
        self.perf = subprocess.Popen(["perf", "stat", "-x,", "-e", events, "-C", str(core), "-D", "-1", "--control", f"fd:{told},{answer}"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, pass_fds=(told, answer))
        os.close(told)
        os.close(answer)
        with open(tell, "wb", buffering=0) as control, open(answered, "rb", buffering=0) as ready:
            # perf takes a tenth of a second of a core to start, in which a server that polls stands still.
            with contextlib.suppress(BrokenPipeError):
                control.write(b"enable\n")
            ready.read(4)

    def end(self):
        """Calls by their names, and "all"; nothing where perf cannot count."""
        self.perf.send_signal(signal.SIGINT)  # then it prints what it has
        counts = re.findall(r"^(\d+),[^,]*,\w+:sys_enter_?(\w*)", self.perf.communicate()[1], re.M)
        return {call or "all": int(count) for count, call in counts}


class Effort:
    """From entering to leaving: the server's own processor time, that of both cores by kind, and the system
    calls on the server's."""

    def __init__(self, run, lab):
        self.run, self.cores = run, {"server": lab.server_core, "client": lab.client_core}

    def times(self):
        return {side: core_times(core) for side, core in self.cores.items()}

    def __enter__(self):
        self.ran_ns, self.before = self.run.cpu_ns(), self.times()
        self.calls = Calls(self.cores["server"])
        return self

    def __exit__(self, *_):
        self.ran_ns, self.after = self.run.cpu_ns() - self.ran_ns, self.times()
        self.calls = self.calls.end()

    def of_each(self, answers):
        """For each answer: nanoseconds of the server's threads, of all that ran on its core by kind, of what
        the kernel ran on the load's core, where a veth pair has it receive for the server, and system calls."""
        if not answers:
            return {}

        def ns(side, *kinds):
            ticks = sum(self.after[side][kind] - self.before[side][kind] for kind in kinds)
            return round(ticks * 1e9 / TICKS_PER_S / answers)

        each = {call: round(count / answers, 4) for call, count in self.calls.items()}
        return {"cpu_ns": round(self.ran_ns / answers), "user_ns": ns("server", "user", "nice"),
                "system_ns": ns("server", "system"), "softirq_ns": ns("server", "irq", "softirq"),
                "client_softirq_ns": ns("client", "irq", "softirq"), "calls": each.pop("all", None),
                "calls_by_kind": {call: count for call, count in each.items() if count}}


@contextlib.contextmanager
def hog(core):
    """A program that takes half of the core: then the server is always behind, polls nothing in
    vain and takes whole bursts, so that what it has run for an answer is what an answer costs."""
    process = subprocess.Popen(["taskset", "-c", str(core), "sh", "-c", "while :; do :; done"])
    try:
        yield
    finally:
        process.kill()
        process.wait()
