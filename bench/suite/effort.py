# effort: what an answer costs the server's core, by kind, and in system calls. Rates of a busy
# machine do not repeat; these nearly do.
import re
import signal
import subprocess
from pathlib import Path

TICKS_PER_S = 100  # of /proc/stat
KINDS = ["user", "nice", "system", "idle", "iowait", "irq", "softirq"]


def core_times(core):
    """Ticks of a core by kind since the machine started."""
    found = re.search(rf"^cpu{core} (.*)", Path("/proc/stat").read_text(), re.M)
    return dict(zip(KINDS, map(int, found[1].split())))


class Effort:
    """From entering to leaving: the server's own processor time, its core's by kind, and the system
    calls on that core, which the kernel counts for perf."""

    def __init__(self, run, core):
        self.run, self.core = run, core

    def __enter__(self):
        self.ran_ns, self.times = self.run.cpu_ns(), core_times(self.core)
        self.perf = subprocess.Popen(["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-C", str(self.core)],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.ran_ns = self.run.cpu_ns() - self.ran_ns
        after = core_times(self.core)
        self.times = {kind: after[kind] - self.times[kind] for kind in KINDS}
        self.perf.send_signal(signal.SIGINT)  # then it prints what it has
        found = re.search(r"^(\d+),", self.perf.communicate()[1], re.M)
        self.calls = int(found[1]) if found else None

    def of_each(self, answers):
        """For each answer: nanoseconds of the server's threads, of all that ran on its core by kind, and
        system calls."""
        if not answers:
            return {}

        def ns(*kinds):
            return round(sum(self.times[kind] for kind in kinds) * 1e9 / TICKS_PER_S / answers)

        return {"cpu_ns": round(self.ran_ns / answers), "user_ns": ns("user", "nice"), "system_ns": ns("system"),
                "softirq_ns": ns("irq", "softirq"),
                "calls": None if self.calls is None else round(self.calls / answers, 4)}
