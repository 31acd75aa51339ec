# measure: one cell of the table: one server, one scenario, one round. Each figure of it is taken
# from the same process, in an order that does not spoil the next.
import subprocess
import threading
import time

from suite import noise
from suite.effort import Effort
from suite.load import Kxdpgun
from suite.server import RELOADED, Trouble, running

RELOAD_RATE = 10_000   # queries a second while the zone is read again
RELOAD_WAIT_S = 120
LOAD_STARTS_S = 1.5    # until its queries are on the wire
CURVE = (0.1, 0.25, 0.5, 0.75, 0.9, 0.97)  # of the highest rate


def cell(lab, server, scenario, zones, generator, folder, near=None):
    """What was measured, and the server's files as they stood; near: a rate that an earlier round found."""
    other_load = noise.other_load()
    for zone in zones if scenario.can_reload else ():
        zone.write(1)
    with noise.Watch() as watch, running(server, lab, folder, zones) as (run, first_answer_s, shown):
        memory_bytes = run.memory_bytes()
        found = generator.find_max(near)
        run.must_live()
        half = at_half(run, lab, generator, found["rate"])
        curve = {"curve": latency_curve(generator, found["rate"])} if scenario.curve else {}
        reloaded = reload(run, lab, generator, zones) if scenario.can_reload and server.reload else {}
    return {"first_answer_s": first_answer_s and round(first_answer_s, 3), "memory_bytes": memory_bytes, **found, **half,
            **curve, **reloaded, "steal": watch.steal, "other_load": other_load}, shown


def limit(lab, server, queries, seconds, folder):
    """As cell, of what only turns packets round. It answers no ARP either, so kxdpgun asks, for which the
    kernel knows the address."""
    other_load = noise.other_load()
    with noise.Watch() as watch, running(server, lab, folder, []) as (_, _, shown):
        rate = Kxdpgun(lab, queries, seconds).find_max()["rate"]
    return {"rate": rate, "is_limit": True, "steal": watch.steal, "other_load": other_load}, shown


def at_half(run, lab, generator, rate):
    """Latency at half of the highest rate, and what an answer costs the server there."""
    with Effort(run, lab.server_core) as effort:
        steady = generator.steady(max(1, rate // 2))
    run.must_live()
    return steady | effort.of_each(steady["answers_all"])


def latency_curve(generator, rate):
    """Latency at parts of the highest rate."""
    return [{"rate": step["answers_per_s"], "p50_us": step["p50_us"], "p99_us": step["p99_us"]}
            for step in (generator.steady(max(1, int(rate * part))) for part in CURVE) if step["p99_us"]]


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
