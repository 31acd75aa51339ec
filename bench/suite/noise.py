# noise: whether the machine does anything else: time that its host took away (steal), and other
# programs' load on the two cores, looked at when nothing of the run is running.
import os
import time
from pathlib import Path

QUIET_STEAL, QUIET_OTHER = 0.01, 0.05  # shares of a core


def core_times():
    """For each core: ticks in all, idle ones, stolen ones."""
    times = []
    for line in Path("/proc/stat").read_text().splitlines():
        words = line.split()
        if words[0].startswith("cpu") and words[0] != "cpu":
            ticks = list(map(int, words[1:9]))
            times.append((sum(ticks), ticks[3] + ticks[4], ticks[7]))
    return times


def shares(before, after):
    """The busy and the stolen share of all cores between two readings."""
    total = max(1, sum(b[0] - a[0] for a, b in zip(before, after)))
    idle = sum(b[1] - a[1] for a, b in zip(before, after))
    stolen = sum(b[2] - a[2] for a, b in zip(before, after))
    return 1 - idle / total, stolen / total


def other_load(seconds=0.5):
    """The share of the cores that others use now; nothing of the run may be running."""
    before = core_times()
    time.sleep(seconds)
    return round(shares(before, core_times())[0], 3)


class Watch:
    """Steal during a measurement."""

    def __enter__(self):
        self.before = core_times()
        return self

    def __exit__(self, *_):
        self.steal = round(shares(self.before, core_times())[1], 3)


def is_quiet(cell):
    return cell["steal"] <= QUIET_STEAL and cell["other_load"] <= QUIET_OTHER


def load_1min():
    return round(os.getloadavg()[0], 2)
