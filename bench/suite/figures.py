# figures: what a handful of rounds tells. Servers are compared within a round, in which the
# machine was the same for all; a difference counts when the 95 % interval of it leaves 1 out.
import math
import statistics
import types

# Student's t, two-sided 95 %, by degrees of freedom.
T95 = [None, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23]


def t95(freedom):
    return T95[freedom] if freedom < len(T95) else 2.0


def interval(ratios):
    """The geometric mean of the ratios and its 95 % interval; no interval of a single one."""
    logs = [math.log(ratio) for ratio in ratios]
    middle = statistics.fmean(logs)
    if len(logs) < 2:
        return math.exp(middle), None, None
    reach = t95(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(middle), math.exp(middle - reach), math.exp(middle + reach)


def by_round(cells, scenario, server, key):
    """The figure in each round that has it."""
    return {cell["round"]: cell[key] for cell in cells
            if cell["scenario"] == scenario and cell["server"] == server and cell.get(key) is not None}


def median(cells, scenario, server, key):
    return typical(by_round(cells, scenario, server, key).values())


def typical(values):
    return statistics.median(values) if values else None


def ratio(cells, scenario, one, other, key="rate"):
    """One server's figure in units of another's, over the rounds that have both; None without one."""
    ours, theirs = (by_round(cells, scenario, server, key) for server in (one, other))
    both = sorted(number for number in set(ours) & set(theirs) if ours[number] and theirs[number])
    return interval([ours[number] / theirs[number] for number in both]) if both else None


def ranking(cells, scenario):
    """Servers by the median of their rate, best first; the limit of the wire is none."""
    names = {cell["server"] for cell in cells if cell["scenario"] == scenario and not cell.get("is_limit")}
    rated = [(median(cells, scenario, name, "rate"), name) for name in names]
    return [name for rate, name in sorted((pair for pair in rated if pair[0]), reverse=True)]


def limit_of(cells, scenario):
    """What is the limit of the wire in that scenario, if something is."""
    return next((cell["server"] for cell in cells if cell["scenario"] == scenario and cell.get("is_limit")), None)


def contest(names, servers):
    """Those on the wire on which most programs are compared: another wire is no merit of a server."""
    wires = {}
    for name in names:
        wires.setdefault(servers.get(name, {}).get("wire"), []).append(name)
    return max(wires.values(), key=lambda of: (len({kin_of(name, servers) for name in of}), len(of)), default=[])


def kin_of(name, servers):
    """One name for all forms of a program."""
    return servers.get(name, {}).get("kin", name)


def verdict(cells, scenario, servers=types.MappingProxyType({})):
    """(winner, runner-up, ratio, low, high, is it certain); None of a row with fewer than two. The runner-up is
    another program where there is one."""
    names = contest(ranking(cells, scenario), servers)
    if len(names) < 2:
        return None
    others = [name for name in names if kin_of(name, servers) != kin_of(names[0], servers)]
    second = (others or names[1:])[0]
    middle, low, high = ratio(cells, scenario, names[0], second)
    return names[0], second, middle, low, high, low is not None and low > 1


def curves(cells, scenario):
    """For each server the steps of its curve, each figure of a step the median over the rounds."""
    steps = {}
    for cell in cells:
        for number, step in enumerate(cell.get("curve", ()) if cell["scenario"] == scenario else ()):
            steps.setdefault(cell["server"], {}).setdefault(number, []).append(step)
    return {server: [middle(same) for same in of.values()] for server, of in steps.items()}


def middle(steps):
    """One step whose figures are the medians of those of all."""
    made = {key: statistics.median(step[key] for step in steps) for key, value in steps[0].items()
            if isinstance(value, (int, float)) and all(step.get(key) is not None for step in steps)}
    kinds = sorted({kind for step in steps for kind in step.get("calls_by_kind", ())})
    return made | {"calls_by_kind": {kind: statistics.median(step.get("calls_by_kind", {}).get(kind, 0) for step in steps)
                                     for kind in kinds}}


def change(old, new):
    """How a figure of two runs changed: ratio of medians, and whether that is beyond the noise: the
    95 % interval of the difference of the logarithms (Welch) leaves 0 out. Two rounds each at least."""
    middle = statistics.median(new) / statistics.median(old)
    if len(old) < 2 or len(new) < 2:
        return middle, False
    a, b = ([math.log(value) for value in values] for values in (old, new))
    va, vb = statistics.variance(a) / len(a), statistics.variance(b) / len(b)
    if va + vb == 0:
        return middle, middle != 1
    freedom = (va + vb) ** 2 / (va ** 2 / (len(a) - 1) + vb ** 2 / (len(b) - 1))
    reach = t95(max(1, int(freedom))) * math.sqrt(va + vb)
    return middle, abs(statistics.fmean(b) - statistics.fmean(a)) > reach
