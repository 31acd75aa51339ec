# machine: what a figure was measured on.
import os
import platform
import re
import subprocess
import time
from pathlib import Path

from suite import lab, noise

BUSY_LOAD = 0.3


def about(command):
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    commit = subprocess.run(["git", "-C", str(lab.ROOT), "-c", f"safe.directory={lab.ROOT}", "describe", "--always",
                             "--dirty"], capture_output=True, text=True).stdout.strip()
    held = {"date": time.strftime("%Y-%m-%d"), "cpu": found[1] if found else platform.processor(),
            "cores": os.cpu_count(), "memory_gb": round(int(memory[1]) / 1e6), "kernel": platform.release(),
            "system": system_name(), "wadi": commit, "load_1min": noise.load_1min(), "command": command}
    if held["load_1min"] > BUSY_LOAD:
        print(f"note: this machine is not quiet (load {held['load_1min']}); figures suffer", flush=True)
    return held


def system_name():
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release").read_text(), re.M)
    return found[1] if found else platform.system()


def head(held, options):
    """The lines above a table for a terminal."""
    return (f"\n{held['date']}, {held['cpu']}, {held['cores']} cores, kernel {held['kernel']}, wadi {held['wadi']}; "
            f"{options.rounds} rounds of {options.seconds} s; other load at start {held['load_1min']}")
