# runner: a whole run: rounds, in each of which every server has its turn in every scenario, so that a
# machine that drifts is fair to all.
import time
from pathlib import Path

from suite import figures, jail, lab as lab_of, load, machine, report, results as results_of
from suite.measure import Turn
from suite.server import Trouble, version_of

FIRST_GUESS_S = 15  # of a turn, before one was measured


def blocks(scenarios, servers, rounds):
    """(scenario, round, servers) in their order: each scenario once, then the further rounds of those with a
    curve, which matter most, then those of the others. A run that ends early has some of each."""
    order = [(scenario, 1) for scenario in scenarios]
    order += [(scenario, number) for number in range(2, rounds + 1) for scenario in scenarios if scenario.curve]
    order += [(scenario, number) for number in range(2, rounds + 1) for scenario in scenarios if not scenario.curve]
    return [(scenario, number, [server for server in servers if server.can(scenario)]) for scenario, number in order]


class Forecast:
    """How long turns take, by those that were measured."""

    def __init__(self, results):
        self.results = results

    def turn_s(self, scenario, server):
        """By the same turn of other rounds; else by the server's and the scenario's turns."""
        took = [(cell["scenario"], cell["server"], cell["took_s"]) for cell in self.results.cells if "took_s" in cell]
        same = [s for name, by, s in took if (name, by) == (scenario.name, server.name)]
        if same:
            return mean(same)
        of_scenario, of_server = [s for name, _, s in took if name == scenario.name], [s for _, by, s in took if by == server.name]
        everything = mean([s for _, _, s in took])
        return mean(of_scenario, everything) * mean(of_server, everything) / everything

    def block_s(self, block):
        scenario, _, servers = block
        return sum(self.turn_s(scenario, server) for server in servers)

    def measured_s(self):
        return sum(cell.get("took_s", 0) for cell in self.results.cells)


def mean(values, otherwise=FIRST_GUESS_S):
    return sum(values) / len(values) if values else otherwise


def clock(seconds):
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def in_words(cell):
    if not cell.get("rate"):
        return f"nothing: {cell['fault'].splitlines()[0]}"
    late = f", p99 {cell['p99_us']:,.0f} us at half of it" if cell.get("p99_us") else ""
    return f"{cell['rate']:>10,} answers/s{late}"


class Runner:
    def __init__(self, options, scenarios, servers, results, lab):
        self.options, self.results, self.lab = options, results, lab
        self.forecast = Forecast(results)
        self.begin_s = time.monotonic() - self.forecast.measured_s()  # as if a run that goes on had not been stopped
        self.blocks = [block for block in blocks(scenarios, servers, options.rounds) if self.todo(block)]
        self.zones = {}  # of each scenario that had a turn

    def todo(self, block):
        scenario, number, servers = block
        return [server for server in servers if not self.results.done(scenario.name, server.name, number)]

    def run(self):
        while self.blocks:
            self.drop_what_is_too_long()
            if self.blocks:
                self.run_block(self.blocks[0])
                self.blocks.pop(0)

    def drop_what_is_too_long(self):
        """Blocks for which the budget has no time left, from the next one on."""
        while self.blocks and self.options.budget_s:
            block = self.blocks[0]
            if self.forecast.block_s(block) <= self.budget_left_s():
                return
            print(f"no time is left for {block[0].title}, round {block[1]}, of about {clock(self.forecast.block_s(block))}",
                  flush=True)
            if block[1] == 1:
                self.results.about.setdefault("left_out", []).append(block[0].title)
            self.blocks.pop(0)

    def turns_left(self):
        return sum(len(self.todo(block)) for block in self.blocks)

    def left_s(self):
        """Until the end: of what is left to do, or of the budget, if that is less."""
        left = sum(self.forecast.turn_s(block[0], server) for block in self.blocks for server in self.todo(block))
        return max(0, min(left, self.budget_left_s())) if self.options.budget_s else left

    def budget_left_s(self):
        return self.begin_s + self.options.budget_s - time.monotonic()

    def run_block(self, block):
        scenario, number, _ = block
        place = self.lab.tmp / scenario.name
        if scenario.name not in self.zones:
            self.zones[scenario.name] = scenario.write(place)
        for server in self.todo(block):
            begin = time.monotonic()
            cell = self.take_turn(scenario, number, server, place)
            if "fault" in cell:  # once more: on a busy machine the load may have had no turn of the processor
                cell = self.take_turn(scenario, number, server, place)
            jail.reap()
            self.results.add(cell | {"took_s": round(time.monotonic() - begin, 1)})
            print(f"[{self.turns_left()} to go, {clock(self.left_s())} left] {scenario.title}, round {number}: {server.title:<20} {in_words(cell)}",
                  flush=True)

    def take_turn(self, scenario, number, server, place):
        """The cell of a turn: what was measured, or the fault that it met."""
        cell = {"scenario": scenario.name, "server": server.name, "round": number}
        folder = place / server.name
        generator = load.of(self.lab, scenario, server, place / "queries", self.options, folder)
        turn = Turn(self.lab, server, scenario, self.zones[scenario.name], folder, self.options,
                    near(self.results, scenario, server))
        try:
            measured, shown = turn.limit(generator) if server.is_limit else turn.cell(generator, number == 1)
        except Trouble as fault:
            return cell | {"fault": str(fault)}
        held = self.results.servers[server.name]
        held |= {"start": shown.start, "files": shown.files} if not held["files"] else {}
        self.results.scenarios[scenario.name]["load"] = generator.command()
        return cell | measured


def near(results, scenario, server):
    """A rate to begin the search at: of the same turn in other rounds, else of that server over the same
    transport; None when there is none."""
    rates = [figures.median(results.cells, name, server.name, "rate") for name, held in results.scenarios.items()
             if held["transport"] == scenario.transport]
    return (figures.median(results.cells, scenario.name, server.name, "rate")
            or figures.typical([rate for rate in rates if rate]))


def run(options, scenarios, servers, plan):
    """In the run's jail: measures what is not measured yet, and writes the report."""
    folder = Path(options.report)
    results = results_of.resume(folder / "results.json", plan)
    results.about = results.about or machine.about(options.command) | {"kxdpgun": load.Kxdpgun.version()}
    results.about["left_out"] = []
    results.scenarios = {scenario.name: {"title": scenario.title, "names": scenario.names, "figure": scenario.figure,
                                         "transport": scenario.transport} | results.scenarios.get(scenario.name, {})
                         for scenario in scenarios}
    lab = lab_of.of_this_tree()
    lab.set_up(first=not options.polite)
    for server in servers:
        results.servers.setdefault(server.name, {"title": server.title, "version": version_of(server, lab),
                                                 "kin": server.kin, "wire": server.wire, "start": server.start, "files": {}})
    Runner(options, scenarios, servers, results, lab).run()
    results.write()
    report.write(results, folder)
    print(report.table(results))
    print(f"\nthe whole report: {folder}/index.html")
