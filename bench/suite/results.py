# results: results.json of a run: what was planned, what was measured, and what it was measured on.
# It is written anew after each cell, so that a run that was stopped goes on from there.
import csv
import json
import os
from pathlib import Path

from suite.server import Trouble

FORM = 2
COLUMNS = ["scenario", "server", "round", "rate", "limit", "p50_us", "p90_us", "p99_us", "p999_us",
           "cpu_ns", "behind_ns", "user_ns", "system_ns", "softirq_ns", "client_softirq_ns", "calls", "memory_bytes", "first_answer_s", "reload_s", "reload_lost", "steal", "other_load"]


class Results:
    def __init__(self, path, plan):
        self.path, self.plan = Path(path), plan
        self.about, self.servers, self.scenarios, self.cells = {}, {}, {}, []

    def done(self, scenario, server, number):
        """Whether that turn was measured; one that met a fault has its turn again."""
        return any((cell["scenario"], cell["server"], cell["round"]) == (scenario, server, number)
                   for cell in self.cells if cell.get("rate"))

    def add(self, cell):
        turn = [cell[key] for key in ("scenario", "server", "round")]
        self.cells = [one for one in self.cells if [one[key] for key in ("scenario", "server", "round")] != turn]
        self.cells.append(cell)
        self.write()

    def write(self):
        """By renaming, so that the file is whole at any time, also when the disk is full."""
        fresh = self.path.with_suffix(".new")
        try:
            fresh.write_text(self.text(indent=1))
            os.replace(fresh, self.path)
        except OSError as fault:
            fresh.unlink(missing_ok=True)
            raise Trouble(f"{fresh}: {fault.strerror}; what was measured before stands in {self.path}") from None

    def text(self, **form):
        return json.dumps({"form": FORM, "plan": self.plan, "about": self.about, "servers": self.servers,
                           "scenarios": self.scenarios, "cells": self.cells}, **form) + "\n"

    def write_csv(self, path):
        with open(path, "w", newline="") as out:
            table = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
            table.writeheader()
            table.writerows(self.cells)


def read(path):
    try:
        held = json.loads(Path(path).read_text())
        if held["form"] != FORM:
            raise Trouble(f"{path}: has form {held['form']}; this program reads {FORM}")
        results = Results(path, held["plan"])
        for key in ("about", "servers", "scenarios", "cells"):
            setattr(results, key, held[key])
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as fault:
        raise Trouble(f"{path}: is not a results.json of tools/bench dns ({fault})") from None
    return results


def resume(path, plan):
    """What stands in the file when it is of the same plan and unfinished; else a new one."""
    if Path(path).exists():
        held = read(path)
        if held.plan == plan:
            return held
        raise Trouble(f"{path}: holds a run with other servers, scenarios or rounds; "
                      "choose another --report folder, or begin again with --fresh")
    return Results(path, plan)
