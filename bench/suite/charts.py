# charts: SVG drawings of a run, by matplotlib; text stays text, and the same figures give the
# same file.
import io
import statistics

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot, ticker  # noqa: E402

from suite import figures  # noqa: E402

STYLE = {"svg.fonttype": "none", "svg.hashsalt": "wadi", "font.size": 10, "font.family": "sans-serif",
         "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25,
         "legend.frameon": False, "legend.fontsize": 9, "lines.linewidth": 1.8, "lines.markersize": 5}
COLOURS = ["#0b6e99", "#d1495b", "#edae49", "#3a7d44", "#7b5ea7", "#8d6e63", "#00a6a6", "#5c5c5c", "#c06014", "#9a031e"]
MARKS = "osD^vPX*<>"
SIZE_INCHES = (4.8, 3.6)  # a phone's width in points, so that its text is legible there


def colour_of(results, server):
    return list(results.servers).index(server) % len(COLOURS)


def is_wide(values):
    """Whether a linear axis would hide the small ones."""
    return max(values) > 30 * min(values) > 0


def draw(results, lines, x_name, y_name, log_x=False):
    """lines: {server: [(x, y)]}; the SVG, or None when there is nothing to draw."""
    lines = {server: sorted(points) for server, points in lines.items() if points}
    if not lines:
        return None
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=SIZE_INCHES)
        for server, points in lines.items():
            number = colour_of(results, server)
            axes.plot(*zip(*points), color=COLOURS[number], marker=MARKS[number], label=results.servers[server]["title"])
        axes.set_xlabel(x_name)
        axes.set_ylabel(y_name)
        if log_x:
            axes.set_xscale("log")
        if is_wide([y for points in lines.values() for _, y in points]):
            axes.set_yscale("log")
        else:
            axes.set_ylim(0, 1.08 * max(y for points in lines.values() for _, y in points))
        for axis in axes.xaxis, axes.yaxis:
            axis.set_major_formatter(ticker.EngFormatter(sep=""))
            axis.set_minor_formatter(ticker.NullFormatter())
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncol=2)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None}, bbox_inches="tight")
        pyplot.close(figure)
    return out.getvalue()


def over_zone_size(results, key, scale=1):
    lines = {}
    for name, scenario in results.scenarios.items():
        for server in results.servers if scenario["figure"] else ():
            value = figures.median(results.cells, name, server, key)
            if value:
                lines.setdefault(server, []).append((scenario["names"], value * scale))
    return lines


def over_rate(results, key):
    """Of the scenario that has curves, the first one of them."""
    name = next((name for name in results.scenarios if figures.curves(results.cells, name)), None)
    return {server: [(step["rate"], step[key]) for step in steps if step.get(key)]
            for server, steps in figures.curves(results.cells, name).items()}


def bars(sheet):
    """A group of bars for each row of a sheet, as parts of the row's best; None when no row has two servers."""
    rows = [(title, row) for title, row in sheet.rows.items() if len(row["of"]) > 1]
    servers = [server for server in sheet.servers() if any(server in row["of"] for _, row in rows)]
    if not rows:
        return None
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(SIZE_INCHES[0], 0.6 + 0.16 * (len(servers) + 1) * len(rows)))
        for number, server in enumerate(servers):
            values = [part_of_best(row["of"], server) for _, row in rows]
            at = [(len(servers) + 1) * place + number for place in range(len(rows))]
            axes.barh(at, values, height=0.9, color=COLOURS[number % len(COLOURS)], label=server)
        axes.set_yticks([(len(servers) + 1) * place + (len(servers) - 1) / 2 for place in range(len(rows))], [title for title, _ in rows])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(ticker.PercentFormatter(1))
        axes.legend(loc="upper center", bbox_to_anchor=(0.2, -1 / (2 + len(rows))), ncol=2)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None}, bbox_inches="tight")
        pyplot.close(figure)
    return out.getvalue()


def part_of_best(of, server):
    middles = {name: statistics.median(one["per_s"] for one in rounds) for name, rounds in of.items()}
    return middles.get(server, 0) / max(1e-9, max(middles.values()))


def all_charts(results):
    """(file name, title, what it shows, SVG) of those that have something to show."""
    wanted = [
        ("rate_by_zone_size", "Answers a second, by the size of the zone",
         "The highest rate at which at most one query in a thousand gets no answer.",
         draw(results, over_zone_size(results, "rate"), "names in the zone", "answers/s", log_x=True)),
        ("latency_by_rate", "Latency, by rate",
         "99 of 100 answers come within this time, counted from when the query was due.",
         draw(results, over_rate(results, "p99_us"), "answers/s", "us")),
        ("cost_by_rate", "Processor time of an answer, by rate",
         "What the server's threads run. A server that polls runs without queries, too: the higher the rate, the nearer to the cost.",
         draw(results, over_rate(results, "cpu_ns"), "answers/s", "ns")),
        ("memory_by_zone_size", "Memory, by the size of the zone",
         "After loading, huge pages included.",
         draw(results, over_zone_size(results, "memory_bytes", 1e-6), "names in the zone", "MB", log_x=True)),
        ("start_by_zone_size", "Start to first answer, by the size of the zone", "From the start of the program.",
         draw(results, over_zone_size(results, "first_answer_s", 1e3), "names in the zone", "ms", log_x=True)),
    ]
    return [chart for chart in wanted if chart[3]]
