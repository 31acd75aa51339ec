# measure: one cell of the table: one server, one scenario, one round. Each figure of it is taken
# from the same process, in an order that does not spoil the next.
import subprocess
import threading
import time

from suite import noise
from suite.effort import Effort, hog
from suite.load import Kxdpgun
from suite.server import RELOADED, Trouble, running

RELOAD_RATE = 10_000   # queries a second while the zone is read again
RELOAD_WAIT_S = 120
LOAD_STARTS_S = 1.5    # until its queries are on the wire
CURVE, SHORT_CURVE = (0.1, 0.25, 0.75, 0.9, 0.97), (0.2, 0.9)  # of the highest rate, beside a half of it


class Turn:
    """What is measured of whom; near: the rate that an earlier round found."""

    def __init__(self, lab, server, scenario, zones, folder, options, near=None):
        self.lab, self.server, self.scenario, self.zones, self.folder = lab, server, scenario, zones, folder
        self.options, self.near = options, near

    def cell(self, generator, is_first):
        """What was measured, and the server's files and command as they stood."""
        other_load = noise.other_load()
        for zone in self.zones if self.scenario.can_reload else ():
            zone.write(1)
        with noise.Watch() as watch, running(self.server, self.lab, self.folder, self.zones) as (run, first_answer_s, shown):
            cell = {"first_answer_s": first_answer_s and round(first_answer_s, 3), "memory_bytes": run.memory_bytes()}
            cell |= generator.find_max(self.near)
            run.must_live()
            cell |= self.figures(run, generator, cell["rate"], is_first)
            if self.scenario.check and is_first and self.server.wire == "veth" and not self.options.quick:
                cell["check"] = self.check(generator, cell["rate"])
            if self.scenario.can_reload and self.server.reload:
                cell |= reload(run, self.lab, generator, self.zones)
        return cell | {"steal": watch.steal, "other_load": other_load}, shown

    def limit(self, generator):
        """As cell, of what only turns packets round. It answers no ARP either, so kxdpgun asks, for which the
        kernel knows the address."""
        other_load = noise.other_load()
        with noise.Watch() as watch, running(self.server, self.lab, self.folder, []) as (_, _, shown):
            rate = self.kxdpgun(generator).find_max(self.near)["rate"]
        return {"rate": rate, "is_limit": True, "steal": watch.steal, "other_load": other_load}, shown

    def check(self, generator, rate):
        """What another generator finds; its fault is none of the server's."""
        try:
            return {"by": Kxdpgun.name} | self.kxdpgun(generator).find_max(rate)
        except Trouble as fault:
            return {"by": Kxdpgun.name, "rate": None, "fault": str(fault)}

    def kxdpgun(self, generator):
        return Kxdpgun(self.lab, generator.queries, generator.seconds)

    def figures(self, run, generator, rate, is_first):
        """At half of the highest rate; in the first round at other parts of it, too, or at rates that the caller named."""
        figures = self.at(run, generator, rate // 2)
        if not figures["answers"]:
            raise Trouble(f"no answer in time at half of the rate that was found, {rate}: the machine is too busy")
        parts = (SHORT_CURVE if self.options.is_short else CURVE) if self.scenario.curve and is_first else ()
        steps = [self.at(run, generator, step) for step in self.options.rates or [int(rate * part) for part in parts]]
        if parts and not self.options.rates:
            steps = sorted([dict(figures), *steps], key=lambda step: step["answers_per_s"])
        figures["curve"] = [step | {"rate": step["answers_per_s"]} for step in steps if step["p99_us"]]
        if self.options.hog:
            with hog(self.lab.server_core):
                figures["behind_ns"] = self.at(run, generator, rate).get("cpu_ns")
        return figures

    def at(self, run, generator, rate):
        """Latency at a rate, and what an answer costs there."""
        with Effort(run, self.lab) as effort:
            steady = generator.steady(max(1, rate))
        run.must_live()
        return steady | effort.of_each(steady["answers_all"])


def reload(run, lab, generator, zones):
    """The zone with a new serial is read while queries come at a low rate: how long it takes until
    answers have that serial, and how many queries got no answer meanwhile."""
    zone = next(zone for zone in zones if zone.name == RELOADED)
    zone.write(2)
    asked = Steady(generator, RELOAD_RATE)
    with asked, lab.client_socket() as sock:
        time.sleep(LOAD_STARTS_S)
        begin = time.monotonic()
        run.command(run.server.reload)
        while lab.ask_serial(sock, zone.name, 0.02) != 2:
            run.must_live()
            if time.monotonic() - begin > RELOAD_WAIT_S:
                return {"reload_s": None, "reload_lost": None}
            time.sleep(0.002)
        took = time.monotonic() - begin
    return {"reload_s": round(took, 3), "reload_lost": asked.result["lost"]}


class Steady(threading.Thread):
    """A steady load beside what the caller does, from entering to leaving."""

    def __init__(self, generator, rate):
        super().__init__(daemon=True)
        self.generator, self.rate, self.result, self.fault = generator, rate, None, None
        self.stopping = threading.Event()

    def run(self):
        try:
            self.result = self.generator.steady(self.rate, until=self.stopping)
        except (Trouble, OSError, subprocess.SubprocessError) as fault:
            self.fault = fault

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join()
        if self.fault:
            raise Trouble(str(self.fault))
