# effort: what a reply costs the two cores of bench/wire.py at a given rate: processor time
# by kind, and system calls, which unlike rates do not hang on the machine's neighbours.
# It tells what an option of a device brings, and at whose expense.
import contextlib
import json
import re
import statistics
import subprocess
from pathlib import Path

import wire

CALLS = ["sendto", "recvfrom", "ppoll", "recvmmsg", "sendmmsg", "epoll_wait"]
TICKS_PER_S = 100  # of /proc/stat
KINDS = ["user", "nice", "system", "idle", "iowait", "irq", "softirq"]


def core_times():
    """Ticks of cores 0 and 1 by kind since the machine started."""
    text = Path("/proc/stat").read_text()
    return [dict(zip(KINDS, map(int, re.search(rf"^cpu{core} (.*)", text, re.M)[1].split())))
            for core in (0, 1)]


def count_calls(seconds):
    """A process that counts the system calls on core 0 for so long: the server's."""
    events = ",".join(["raw_syscalls:sys_enter", *(f"syscalls:sys_enter_{call}" for call in CALLS)])
    return subprocess.Popen(["taskset", "-c", "1", "perf", "stat", "-x,", "-e", events, "-C", "0",
                             "--", "sleep", str(seconds)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def read_calls(counting):
    counts = {}
    for line in counting.communicate()[1].splitlines():
        words = line.split(",")
        if len(words) > 2 and words[0].isdigit():
            counts[words[2].split("sys_enter")[1].lstrip("_") or "all"] = int(words[0])
    return counts


def family(pid):
    """A process and all that it has started."""
    children = wire.command("pgrep", "-P", str(pid), check=False).split()
    return [pid, *(found for child in children for found in family(int(child)))]


def ran_ns(process):
    """What the server's threads have run, by the scheduler's own measure."""
    found = family(process.pid)
    return sum(int(path.read_text().split()[0])
               for pid in found for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


@contextlib.contextmanager
def hog():
    """A program that takes half of core 0: then the server is always behind, polls nothing in
    vain and takes whole bursts, so that what it has run for a reply is what a reply costs."""
    process = subprocess.Popen(["taskset", "-c", "0", "sh", "-c", "while :; do :; done"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def measure(process, queries, rate, seconds):
    """One step at a rate, as kinds of costs of a reply."""
    before, ran = core_times(), ran_ns(process)
    counting = count_calls(seconds + 1)
    replies = wire.load(queries, rate, seconds)
    calls = read_calls(counting)
    after, ran = core_times(), ran_ns(process) - ran
    total = max(replies * seconds, 1)

    def us(core, *kinds):
        ticks = sum(after[core][kind] - before[core][kind] for kind in kinds)
        return ticks * 1e6 / TICKS_PER_S / total

    return {"replies_per_s": replies, "ran_us": ran / 1000 / total,
            "user_us": us(0, "user", "nice"), "system_us": us(0, "system"),
            "softirq_us": us(0, "irq", "softirq"), "client_softirq_us": us(1, "irq", "softirq"),
            "calls": calls.get("all", 0) / total,
            **{call: calls.get(call, 0) / total for call in CALLS}}


def print_tables(results, rates, about, options):
    print(f"\n{about['date']}, {about['cpu']}, {about['cores']} cores, kernel {about['kernel']}, "
          f"wadi {about['commit']}; medians of {options.rounds} rounds of {options.seconds} s")
    print("core 0 is the server's" + (", half of it another program's" if options.hog else "")
          + ", core 1 the client's; times in us a reply, system calls a reply;\n"
          "ran: the server's threads alone; user, system, softirq: all that ran on core 0")
    for rate in rates:
        print(f"\n{rate:,} queries/s\n{'':<16}{'replies/s':>11}{'ran':>8}{'user':>8}{'system':>8}{'softirq':>9}"
              f"{'core 1 softirq':>16}{'calls':>8}  of which")
        for name, steps in results.items():
            of = {key: statistics.median(step[key] for step in steps[rate]) for key in steps[rate][0]}
            which = ", ".join(f"{call} {of[call]:.3f}" for call in CALLS if of[call] >= 0.0005)
            print(f"{name:<16}{of['replies_per_s']:>11,.0f}{of['ran_us']:>8.2f}{of['user_us']:>8.2f}{of['system_us']:>8.2f}"
                  f"{of['softirq_us']:>9.2f}{of['client_softirq_us']:>16.2f}{of['calls']:>8.3f}  {which}")


def bench_effort(options):
    results = {}
    rates = [int(rate) for rate in options.rates.split(",")]
    about = wire.quiet_facts()
    with wire.laboratory(options.names) as tmp:
        servers = wire.servers_for(tmp, options.all, options.with_option)
        servers += [wire.Server(name, [path, *servers[0].words[1:]], kernel=False)
                    for name, _, path in (pair.partition("=") for pair in options.program)]
        servers = [server for server in servers if not options.only or server.name.strip() in options.only.split(",")]
        for number in range(1, options.rounds + 1):
            for server in servers:
                with server.running(tmp) as process, hog() if options.hog else contextlib.nullcontext():
                    for rate in rates:
                        step = measure(process, tmp / "queries", rate, options.seconds)
                        results.setdefault(server.name, {}).setdefault(rate, []).append(step)
                print(f"round {number} of {options.rounds}: {server.name}", flush=True)
    print_tables(results, rates, about, options)
    if options.json:
        with open(options.json, "a") as out:
            for name, steps in results.items():
                for rate in rates:
                    line = about | {"bench": "effort", "server": name, "queries_per_s": rate,
                                    "rounds": steps[rate]}
                    out.write(json.dumps(line) + "\n")
