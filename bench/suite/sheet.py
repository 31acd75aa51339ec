# sheet: the report of tools/bench http, of and tcp: rows, in each of which servers stand side by side, round by
# round. It has the form of the report of tools/bench dns, and is written by its parts.
import csv
import html
import json
import re
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from suite import figures, report
from suite.report import tag
from suite.server import Trouble

FORM = "sheet 1"
# What a round holds beside "per_s", the figure that servers are compared by.
SHOWN = [("us", "CPU us each", "{:,.2f}", 1), ("client_us", "of the load's core: softirq us", "{:,.2f}", 1), ("p50_us", "p50 us", "{:,.0f}", 1),
         ("p99_us", "p99 us", "{:,.0f}", 1), ("bytes_s", "MB/s", "{:,.0f}", 1e-6), ("fairness", "Jain's index", "{:.4f}", 1),
         ("idle", "load idle", "{:.0%}", 1), ("failed", "failed", "{:,.0f}", 1), ("lost", "lost", "{:,.0f}", 1), ("wrong", "wrong", "{:,.0f}", 1)]


@dataclass
class Sheet:
    title: str
    what: str  # who asked whom, and how: a sentence
    about: dict
    rows: dict = field(default_factory=dict)   # {title: {"unit": text, "of": {server: [{key: figure} of each round]}}}
    notes: list = field(default_factory=list)
    files: dict = field(default_factory=dict)  # {name: text} of configurations

    def add(self, title, unit, of):
        of = {server: rounds for server, rounds in of.items() if rounds}
        if of:
            self.rows[title] = {"unit": unit, "of": of}

    def servers(self):
        return list(dict.fromkeys(server for row in self.rows.values() for server in row["of"]))

    def keep(self, folder):
        """The report in that folder, when one is wanted."""
        if not folder:
            return
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write(self, folder)
        except OSError as fault:
            raise Trouble(f"--report {folder}: {fault.strerror}") from None
        print(f"\nthe whole report: {folder}/index.html")


def packages(*names):
    """Debian's versions of what took part, of those that are installed."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *names], capture_output=True, text=True)
    return done.stdout.splitlines()


def rates(rounds):
    return [one["per_s"] for one in rounds]


def verdict(row):
    """As figures.verdict, of a row of a sheet: servers are compared within a round."""
    ranking = sorted(row["of"], key=lambda server: -statistics.median(rates(row["of"][server])))
    if len(ranking) < 2:
        return None
    pairs = [(one, other) for one, other in zip(*(rates(row["of"][server]) for server in ranking[:2])) if one > 0 and other > 0]
    if not pairs:
        return None
    middle, low, high = figures.interval([one / other for one, other in pairs])
    return ranking[0], ranking[1], middle, low, high, low is not None and low > 1


def short(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def summary(sheet):
    rows = []
    for title, row in sheet.rows.items():
        found = verdict(row)
        first = found[0] if found else next(iter(row["of"]))
        second = found[1] if found else ""
        rows.append([tag("a", html.escape(title), href="#" + anchor(title)), html.escape(row["unit"]), tag("b", html.escape(first)),
                     html.escape(report.by_how_much(found)) if found else "alone", short(statistics.median(rates(row["of"][first]))),
                     html.escape(second), short(statistics.median(rates(row["of"][second]))) if second else ""])
    return report.html_table(["", "unit", "first", "ahead by", "median", "second", "median"], rows)


def anchor(title):
    return re.sub(r"\W+", "-", title).strip("-").lower()


def row_part(title, row):
    held = [column for column in SHOWN if any(column[0] in one for rounds in row["of"].values() for one in rounds)]
    top, lines = max(statistics.median(rates(rounds)) for rounds in row["of"].values()) or 1, []
    for server, rounds in row["of"].items():
        mine = rates(rounds)
        width = 100 * statistics.median(mine) / top
        figures_of = [[one[key] * scale for one in rounds if one.get(key) is not None] for key, _, _, scale in held]
        lines.append([html.escape(server) + f'<i style="width:{width:.0f}%"></i>', short(statistics.median(mine)), short(min(mine)),
                      short(max(mine)), str(len(mine)),
                      *(form.format(statistics.median(values)) if values else "–" for (_, _, form, _), values in zip(held, figures_of))])
    head = ["server", row["unit"], "lowest", "highest", "rounds", *(name for _, name, _, _ in held)]
    return tag("h3", html.escape(title), id=anchor(title)) + report.html_table(head, lines)


def machine_part(sheet):
    about = [[html.escape(key), html.escape(", ".join(value) if isinstance(value, list) else str(value))]
             for key, value in sheet.about.items()]
    files = "".join(tag("details", tag("summary", html.escape(name)) + tag("pre", html.escape(text)))
                    for name, text in sheet.files.items())
    return tag("h2", "Machine and versions") + report.html_table(["", ""], about) + (tag("h2", "Configurations") + files if files else "")


def write_csv(sheet, path):
    keys = list(dict.fromkeys(key for row in sheet.rows.values() for rounds in row["of"].values() for one in rounds
                              for key, value in one.items() if not isinstance(value, dict)))
    with open(path, "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["row", "unit", "server", "round", *keys])
        for title, row in sheet.rows.items():
            for server, rounds in row["of"].items():
                table.writerows([title, row["unit"], server, number, *(one.get(key, "") for key in keys)]
                                for number, one in enumerate(rounds, 1))


def write(sheet, folder):
    from suite import charts  # late: it takes a second to load
    drawn = charts.bars(sheet)
    held = sheet.about
    if drawn:
        Path(folder, "rates.svg").write_text(drawn)
    Path(folder, "results.json").write_text(json.dumps({"form": FORM, **vars(sheet)}, indent=1) + "\n")
    write_csv(sheet, Path(folder, "results.csv"))
    figure = tag("figure", report.body_of(drawn) + "<figcaption><b>Row by row.</b> Medians, as parts of the row's "
                 "best.</figcaption>", id="rates") if drawn else ""
    body = "\n".join([
        tag("h1", html.escape(sheet.title)),
        tag("p", html.escape(f"{held['date']}, {held['cpu']}, {held['cores']} cores, {held['system']}, kernel {held['kernel']}. {sheet.what}"),
            class_="dim"),
        tag("h2", "Who is first"), summary(sheet),
        tag("p", "Medians over the rounds. Ahead by: the ratio within a round, and its 95 % interval.", class_="dim"),
        figure, tag("h2", "All figures"), *(tag("p", html.escape(note), class_="dim") for note in sheet.notes),
        *(row_part(title, row) for title, row in sheet.rows.items()), machine_part(sheet)])
    report.write_page(folder, sheet.title, body)


def read(path):
    """A sheet from its results.json; None when it is of another form."""
    try:
        held = json.loads(Path(path).read_text())
        return Sheet(**{key: value for key, value in held.items() if key != "form"}) if held["form"] == FORM else None
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as fault:
        raise Trouble(f"{path}: is not a results.json of tools/bench ({fault})") from None
