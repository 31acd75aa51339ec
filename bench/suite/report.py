# report: what a person reads of a run: index.html, which needs nothing beside it, the charts as
# files, and the table for a terminal.
import html
import re
from pathlib import Path

from suite import figures, noise

SHOWN = [("rate", "answers/s", "{:,.0f}"), ("p50_us", "p50 us", "{:,.0f}"), ("p99_us", "p99 us", "{:,.0f}"),
         ("p999_us", "p99.9 us", "{:,.0f}"), ("cpu_ns", "CPU ns/answer", "{:,.0f}"), ("behind_ns", "the same, always behind", "{:,.0f}"),
         ("system_ns", "of the core: system ns", "{:,.0f}"), ("softirq_ns", "softirq ns", "{:,.0f}"),
         ("client_softirq_ns", "of the load's core: softirq ns", "{:,.0f}"), ("calls", "system calls", "{:.3f}"), ("memory_bytes", "memory MB", "{:,.0f}"),
         ("first_answer_s", "first answer s", "{:.3f}"), ("reload_s", "reload s", "{:.3f}"),
         ("reload_lost", "lost in reload", "{:,.0f}")]


AT_A_RATE = [column for column in SHOWN if column[0] not in ("p999_us", "behind_ns", "memory_bytes", "first_answer_s",
                                                             "reload_s", "reload_lost")]


def shown(key, form, value):
    if value is None:
        return "–"
    return form.format(value / 1e6 if key == "memory_bytes" else value)


def by_how_much(row):
    _, _, middle, low, high, certain = row
    spread = f" ({low:.2f} to {high:.2f})" if low is not None else " (one round)"
    return f"{middle:.2f}x{spread}" if certain or low is None else f"too close to call: {middle:.2f}x{spread}"


def table(results):
    """Who wins each row, for a terminal."""
    titles = {name: held["title"] for name, held in results.servers.items()}
    rows = [("", "first", "answers/s", "second", "answers/s", "ahead by")]
    for name, scenario in results.scenarios.items():
        row = figures.verdict(results.cells, name, results.servers)
        if row:
            rate = [f"{figures.median(results.cells, name, server, 'rate'):,.0f}" for server in row[:2]]
            rows.append((scenario["title"], titles[row[0]], rate[0], titles[row[1]], rate[1], by_how_much(row)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = {2, 4}
    if len(rows) == 1:
        return "no scenario has two servers to compare"
    return "\n".join("  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)


def tag(name, text, **attributes):
    inside = "".join(f' {key.rstrip("_")}="{html.escape(str(value))}"' for key, value in attributes.items())
    return f"<{name}{inside}>{text}</{name}>"


def html_table(head, rows):
    lines = [tag("tr", "".join(tag("th", html.escape(cell)) for cell in head))]
    for row in rows:
        lines.append(tag("tr", "".join(tag("td", cell, class_="n") if re.match(r"^[\d.,–]+$", cell) else tag("td", cell)
                                       for cell in row)))
    return tag("div", tag("table", "\n".join(lines)), class_="wide")


def summary(results):
    rows = []
    for name, scenario in results.scenarios.items():
        row = figures.verdict(results.cells, name, results.servers)
        if row is None:
            continue
        winner, second = (results.servers[server]["title"] for server in row[:2])
        loud = [cell for cell in results.cells if cell["scenario"] == name and cell.get("rate") and not noise.is_quiet(cell)]
        rows.append([tag("a", html.escape(scenario["title"]), href=f"#{name}"), tag("b", html.escape(winner)),
                     html.escape(by_how_much(row)), f"{figures.median(results.cells, name, row[0], 'rate'):,.0f}",
                     html.escape(second), f"{figures.median(results.cells, name, row[1], 'rate'):,.0f}",
                     "no" if loud else "yes"])
    return html_table(["scenario", "first", "ahead by", "answers/s", "second", "answers/s", "quiet"], rows)


def left_out_part(results):
    left_out = results.about.get("left_out")
    return tag("p", html.escape(f"Not measured, since the time was up: {', '.join(left_out)}."), class_="fault") if left_out else ""


def noise_of(cells):
    loud = [cell for cell in cells if not noise.is_quiet(cell)] if cells else []
    if not loud:
        return ""
    return (f"steal {max(cell['steal'] for cell in loud):.0%}, others {max(cell['other_load'] for cell in loud):.0%} "
            f"in {len(loud)} of {len(cells)}")


def scenario_part(results, name, scenario):
    rows, best = [], figures.ranking(results.cells, name)
    columns = [column for column in SHOWN if any(cell.get(column[0]) is not None for cell in results.cells)]
    limit = figures.limit_of(results.cells, name)
    top = figures.median(results.cells, name, best[0], "rate") if best else 1
    for server in best + ([limit] if limit else []):
        cells = [cell for cell in results.cells if (cell["scenario"], cell["server"]) == (name, server) and cell.get("rate")]
        values = [figures.median(results.cells, name, server, key) for key, _, _ in columns]
        width = min(100, 100 * values[0] / top) if values[0] else 0
        of_wire = figures.ratio(results.cells, name, server, limit) if limit else None
        rows.append([html.escape(results.servers[server]["title"]) + (", the wire's limit" if server == limit else "")
                     + f'<i style="width:{width:.0f}%"></i>',
                     *(shown(key, form, value) for (key, _, form), value in zip(columns, values)),
                     spread([cell["rate"] for cell in cells]),
                     f"{of_wire[0]:.0%}" if of_wire else "–",
                     html.escape("; ".join(sorted({cell["limit"] for cell in cells if cell.get("limit")}))),
                     noise_of(cells)])
    faults = sorted({(results.servers[cell["server"]]["title"], cell["fault"]) for cell in results.cells
                     if cell["scenario"] == name and cell.get("fault")})
    faults_part = "".join(tag("p", f"{html.escape(title)}: {html.escape(fault)}", class_="fault") for title, fault in faults)
    return (tag("h3", html.escape(scenario["title"]), id=name)
            + html_table(["server", *(head for _, head, _ in columns), "answers/s: 95 %", "of the wire", "limited by", "noise"], rows) + faults_part + curve_part(results, name)
            + tag("p", "Load: " + tag("code", html.escape(scenario.get("load", ""))), class_="dim"))


def spread(rates):
    """The 95 % interval of the rate over the rounds."""
    _, low, high = figures.interval(rates) if rates else (0, None, None)
    return f"{low:,.0f} to {high:,.0f}" if low else "one round"


def curve_part(results, name):
    """What answers cost at each rate, server by server."""
    rows = []
    for server, steps in figures.curves(results.cells, name).items():
        for step in steps:
            kinds = ", ".join(f"{call} {count:.3f}" for call, count in sorted(step.get("calls_by_kind", {}).items(), key=lambda kind: -kind[1])
                              if count >= 0.0005)
            rows.append([html.escape(results.servers[server]["title"]),
                         *(shown(key, form, step.get(key)) for key, _, form in AT_A_RATE), html.escape(kinds)])
    if not rows:
        return ""
    return tag("details", tag("summary", "Latency and cost of an answer, by rate")
               + html_table(["server", *(head for _, head, _ in AT_A_RATE), "of which"], rows))


def check_part(results):
    rows, checks = [], [cell for cell in results.cells if cell.get("check")]
    for cell in checks:
        ours, theirs = cell["rate"], cell["check"]["rate"]
        rows.append([html.escape(results.servers[cell["server"]]["title"]), f"{ours:,}", shown("rate", "{:,}", theirs),
                     f"{theirs / ours:.2f}" if theirs else html.escape(cell["check"]["fault"])])
    if not rows:
        return ""
    title, by = results.scenarios[checks[0]["scenario"]]["title"], checks[0]["check"]["by"]
    return (tag("h2", "The same by another generator") + tag("p", html.escape(
        f"{title}, first round: the most answers a second that {by} finds, as a check on ours; it has no limit of loss."))
            + html_table(["server", "wadi-bench", by, "ratio"], rows))


def machine_part(results):
    held = results.about
    rows = [[html.escape(key), html.escape(str(value))] for key, value in held.items() if value != []]
    versions = [[html.escape(server["title"]), html.escape(server["version"])] for server in results.servers.values()]
    files = "".join(tag("details", tag("summary", html.escape(f"{server['title']}: {server['start']}"))
                        + "".join(tag("h4", html.escape(name)) + tag("pre", html.escape(text))
                                  for name, text in server["files"].items())) for server in results.servers.values())
    return (tag("h2", "Machine and versions") + html_table(["", ""], rows) + html_table(["server", "version"], versions)
            + tag("h2", "Configurations and commands") + files)


STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#5b6570;--line:#d8dee4;--bar:#0b6e9933;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--dim:#9aa5b1;--line:#39424c;--bar:#4fb3d944;--paper:#14181c}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;line-height:1.2}h2{margin-top:2.5rem}p{max-width:44rem}.dim{color:var(--dim)}.fault{color:#b3261e;white-space:pre-wrap}.fault,code{overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}th{color:var(--dim);font-weight:500}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td i{display:block;height:.3rem;background:#0b6e99;border-radius:.15rem;min-width:1px}
figure{margin:1.5rem 0;background:#fff;border:1px solid var(--line);border-radius:.5rem;padding:.5rem;max-width:44rem}
figure svg,figure img{width:100%;height:auto}figcaption{color:#5b6570;font-size:.875rem}
pre{overflow-x:auto;background:#8881;padding:.6rem;font-size:.8rem}details{margin:.4rem 0}
"""


def write(results, folder, inline=True):
    """inline: the charts are in the page, too, which then needs no other file."""
    from suite import charts  # late: it takes a second to load
    drawn = charts.all_charts(results)
    for name, _, _, svg in drawn:
        Path(folder, f"{name}.svg").write_text(svg)
    figures_part = "".join(
        tag("figure", (body_of(svg) if inline else f'<img src="{name}.svg" alt="{html.escape(title)}">')
            + f"<figcaption><b>{html.escape(title)}.</b> {html.escape(what)}</figcaption>", id=name) for name, title, what, svg in drawn)
    results.write_csv(Path(folder, "results.csv"))
    held = results.about
    body = "\n".join([
        tag("h1", "DNS servers side by side"),
        tag("p", html.escape(f"{held['date']}, {held['cpu']}, {held['cores']} cores, {held['system']}, kernel {held['kernel']}. "
                             f"Server and load have one core each, on one wire; in each of up to {results.plan['rounds']} rounds "
                             "every server has its turn."), class_="dim"),
        tag("h2", "Who is first"),
        summary(results),
        left_out_part(results),
        tag("p", "Highest rate with at most one query in a thousand lost; medians over the rounds. Ahead by: the ratio within a "
            "round, and its 95 % interval. A row is not quiet when the machine's host took time away, or other programs ran.",
            class_="dim"),
        figures_part,
        tag("h2", "All figures"),
        tag("p", "Latency and CPU are taken at half of the server's own highest rate.", class_="dim"),
        *(scenario_part(results, name, scenario) for name, scenario in results.scenarios.items()),
        check_part(results),
        machine_part(results)])
    write_page(folder, "DNS servers side by side", body)


def write_page(folder, title, body):
    Path(folder, "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<link rel="icon" href="data:,"><title>{html.escape(title)}</title><style>{STYLE}</style>\n{body}\n</html>\n')


def body_of(svg):
    """The drawing without what only a file of its own needs."""
    return svg[svg.index("<svg"):]
