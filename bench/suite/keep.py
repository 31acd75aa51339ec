# keep: a report in its small form, as a repository keeps it, and its table in a README.
import json
import re
import textwrap
from pathlib import Path

from suite import figures, noise, report, results as results_of
from suite.server import Trouble

BEGIN, END = "<!-- tools/bench report -->", "<!-- end of tools/bench report -->"
KEPT_MAX_BYTES = 1_000_000
WIDTH = 120


def write(results, folder):
    """The report, its charts in files only, and the figures without white space."""
    folder.mkdir(parents=True, exist_ok=True)
    report.write(results, folder, inline=False)
    Path(folder, "results.json").write_text(results.text(separators=(",", ":")))
    for file in [*folder.glob("*.html"), *folder.glob("*.json")]:
        file.write_text(without_tree(file.read_text()))
    size = sum(file.stat().st_size for file in folder.iterdir())
    if size > KEPT_MAX_BYTES:
        raise Trouble(f"{folder}: has {size:,} bytes, more than a repository should keep")
    return size


def without_tree(text):
    """Programs of a build folder are named from the tree on, wherever that was."""
    return re.sub(r"(?<![\w/])/[\w./-]*?/(?=build[\w-]*/src/apps/)", "", text)


def markdown(results):
    """A row a scenario, a column a server; the first one of a row in bold type."""
    competitors = [name for name in results.servers if any(
        cell["server"] == name and cell.get("rate") and not cell.get("is_limit") for cell in results.cells)]
    lines = [["answers/s", *(name_of(results.servers[name]) for name in competitors), "first by"]]
    for name, scenario in results.scenarios.items():
        ranking, verdict = figures.ranking(results.cells, name), figures.verdict(results.cells, name, results.servers)
        rates = {server: f"{figures.median(results.cells, name, server, 'rate'):,.0f}" for server in ranking}
        if ranking:
            first = verdict[0] if verdict else ranking[0]
            rates[first] = f"**{rates[first]}**"
            lines.append([scenario["title"], *(rates.get(server, "") for server in competitors),
                          report.by_how_much(verdict) if verdict else ""])
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def name_of(server):
    """Its name with a short version, when that is one."""
    found = re.match(r"\d+\.\d+", server["version"])
    return f"{server['title']} {found[0]}" if found else server["title"]


def quiet(results):
    measured = [cell for cell in results.cells if cell.get("rate")]
    loud = [cell for cell in measured if not noise.is_quiet(cell)]
    return f"other programs or the machine's host took time from {len(loud)} of {len(measured)} turns" if loud else "the machine was quiet"


def paragraph(results, link):
    held = results.about
    return (f"Measured on {held['date']} with `sudo {held['command'].strip()}`, wadi {held['wadi']}, on {held['cpu']}, {held['cores']} "
            f"cores, Linux {held['kernel']}, {held['system']}: the highest rate at which at most one query in a thousand gets no answer, on "
            f"one core, medians over the rounds; {quiet(results)}. \"First by\" is the first program's distance to the second one on "
            f"the same wire within a round, with its 95 % interval. [The whole report]({link}) has latencies, memory, processor time, versions, "
            f"configurations and commands.")


def into_readme(results, file, link):
    """Replaces what stands between the two marks."""
    text = file.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise Trouble(f"{file}: has no lines {BEGIN} and {END}, between which the table goes")
    before, after = text[:text.index(BEGIN)], text[text.index(END):]
    file.write_text(f"{before}{BEGIN}\n{textwrap.fill(paragraph(results, link), WIDTH, break_on_hyphens=False)}\n\n{markdown(results)}\n{after}")
