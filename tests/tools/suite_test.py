#!/usr/bin/python3
# suite_test: what tools/bench dns makes of servers' files, of its figures and of runs that were
# stopped; and its page, which Chromium shows. Neighbour: tests/net/suite.sh, which runs servers.
import argparse
import contextlib
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from suite import charts, command, figures, keep, lab, noise, report, results, runner, scenario, server, sheet  # noqa: E402
from suite.server import Trouble  # noqa: E402


def cell(scenario_name, server_name, number, rate, **more):
    figures_of = {"p99_us": 1e8 / rate, "memory_bytes": rate * 100, "first_answer_s": 0.01} if rate else {}
    return {"scenario": scenario_name, "server": server_name, "round": number, "rate": rate, "steal": 0.0,
            "other_load": 0.0, **figures_of, **more}


def a_run(path, scale=1.0, rounds=3, seed=1):
    """A run as it might have come out, of three servers and three scenarios."""
    chance = random.Random(seed)
    made = results.Results(path, {"servers": ["a", "b", "c"], "scenarios": ["s1", "s2", "s3"], "rounds": rounds})
    made.about = {"date": "2026-11-29", "cpu": "a processor", "cores": 2, "system": "Debian", "kernel": "6"}
    made.servers = {name: {"title": f"Server <{name}>", "version": "1.2", "start": f"{name} -c x", "files": {"x": "a < b"}}
                    for name in "abc"}
    for size in (1, 2, 3):
        made.scenarios[f"s{size}"] = {"title": f"{10 ** size} names", "names": 10 ** size, "figure": True, "transport": "udp"}
        for number in range(1, rounds + 1):
            machine = chance.uniform(0.8, 1.2)
            for name, rate in ("a", 600_000 * scale), ("b", 200_000), ("c", 199_000):
                rate = round(rate * machine * chance.uniform(0.98, 1.02))
                curve = [{"rate": rate * part / 10, "p50_us": 10, "p99_us": 20 + part ** 3, "cpu_ns": 9000 // part,
                          "calls": 1.2, "calls_by_kind": {"sendto": 0.2, "ppoll": 1.0}} for part in (1, 5, 9)]
                made.cells.append(cell(f"s{size}", name, number, rate, curve=curve))
    return made


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def file(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name


class Servers(Folder):
    def test_the_built_in_ones_are_such_files(self):
        servers = server.built_in()
        self.assertLessEqual({"bind", "knot", "knot-xdp", "nsd", "pdns", "wadi-packet", "wadi-xdp"},
                             {one.name for one in servers})
        for one in servers:
            self.assertTrue(one.version and one.packages or one.program, one.name)

    def test_a_file_is_like_another(self):
        self.file("base.toml", 'title = "Base"\nstart = "base $mode"\n[words]\nmode = "slow"\nport = "53"\n')
        made = server.load(self.file("mine.toml", 'like = "base"\ntitle = "Mine"\n[words]\nmode = "fast"\n'))
        self.assertEqual((made.name, made.title, made.start), ("mine", "Mine", "base $mode"))
        self.assertEqual(made.words, {"mode": "fast", "port": "53"})

    def test_what_is_wrong_with_a_file(self):
        for text, said in (("title = 1", "title is missing"), ("title = \"x\"", "start is missing"), ("title = \"x\"\nstart = \"x\"\nstat = 1", "unknown key stat"),
                           ("title = ", "Invalid value"), ("like = \"none\"", "there is no such file"),
                           ("like = \"mine\"", "like itself"), ("start = \"x\"", "title is missing")):
            with self.subTest(text), self.assertRaisesRegex(Trouble, said):
                server.load(self.file("mine.toml", text))
        with self.assertRaisesRegex(Trouble, "there is no such file"):
            server.load(self.folder / "none.toml")

    def test_words_stand_in_words(self):
        self.assertEqual(server.put("$a", {"a": "<$b>", "b": "1"}), "<1>")
        with self.assertRaisesRegex(Trouble, r"there are \$a"):
            server.put("$port", {"a": "1"})
        with self.assertRaisesRegex(Trouble, "stands in itself"):
            server.put("$a", {"a": "$a"})
        self.assertEqual(server.put("$$(cat $a)", {"a": "x"}), "$(cat x)", "for a shell")


    def test_a_variant_has_another_word(self):
        self.file("mine.toml", 'title = "Mine"\nstart = "mine"\nprogram = "wadi-dns"\n[words]\nidle = "adaptive"\n')
        servers = [server.load(self.folder / "mine.toml")]
        made = server.variant(servers, "mine:idle=spin")
        self.assertEqual((made.name, made.title, made.words), ("mine_idle=spin", "Mine, idle=spin", {"idle": "spin"}))
        other = server.variant(servers, "mine:program=/bin/true")
        self.assertEqual(other.words["program"], "/bin/true")
        self.assertNotIn("/", other.name, "it is a folder's name, too")
        self.assertEqual(servers[0].words, {"idle": "adaptive"}, "the other one is as it was")

    def test_what_is_wrong_with_a_variant(self):
        servers = [server.load(self.file("mine.toml", 'title = "Mine"\nstart = "mine"\n[words]\nidle = "adaptive"\n'))]
        for text, said in (("mine", "is not SERVER:WORD=TEXT"), ("mine:idle", "is not SERVER"), ("none:idle=1", "no server none"),
                           ("mine:port=1", "it has idle"), ("mine:program=/bin/true", "no word program")):
            with self.subTest(text), self.assertRaisesRegex(Trouble, said):
                server.variant(servers, text)


class Zones(Folder):
    def test_the_same_each_time(self):
        for one in scenario.all_scenarios():
            if one.names > 10_000 or one.name == "signed":
                continue
            written = []
            for copy in "ab":
                zones = one.write(self.folder / f"{one.name}-{copy}")
                files = sorted((self.folder / f"{one.name}-{copy}").iterdir())
                written.append([(file.name, file.read_bytes()) for file in files])
                self.assertTrue(any(zone.name == scenario.ORIGIN for zone in zones), one.name)
            self.assertEqual(*written, one.name)

    def test_a_new_serial_replaces_the_file(self):
        made = scenario.zone(self.folder, "h0 A 192.0.2.1\n")
        made.write(2)
        self.assertIn(" 2 3600", made.file.read_text())
        self.assertEqual([made.file], list(self.folder.iterdir()))


class Answers(unittest.TestCase):
    def test_serial(self):
        asked = lab.question("bench.example")
        owner = b"\xc0\x0c"
        soa = owner + b"\0\6\0\1\0\0\0\0\0\x20" + b"\2ns\xc0\x0c" + b"\xc0\x0c" + (77).to_bytes(4, "big") + bytes(16)
        answer = asked[:2] + b"\x84\0\0\1\0\1\0\0\0\0" + asked[12:] + soa
        self.assertEqual(lab.soa_serial(answer), 77)
        for length in range(len(answer) - 16):
            self.assertIsNone(lab.soa_serial(answer[:length]))
        self.assertIsNone(lab.soa_serial(answer[:3] + b"\5" + answer[4:]), "REFUSED")


class Figures(unittest.TestCase):
    def test_the_machine_of_a_round_cancels_out(self):
        cells = [cell("s", name, number, rate * machine) for number, machine in enumerate((100, 50, 200))
                 for name, rate in (("a", 30), ("b", 10))]
        middle, low, high = figures.ratio(cells, "s", "a", "b")
        for value in middle, low, high:
            self.assertAlmostEqual(value, 3)
        self.assertEqual(figures.verdict(cells, "s")[:2], ("a", "b"))
        self.assertTrue(figures.verdict(cells, "s")[5])

    def test_none_lost_is_a_figure_too(self):
        cells = [cell("s", "a", number, 100, reload_lost=0) for number in (1, 2)]
        self.assertEqual(figures.median(cells, "s", "a", "reload_lost"), 0)
        self.assertIsNone(figures.median(cells, "s", "a", "reload_s"))
        self.assertEqual(report.shown("reload_lost", "{:,.0f}", 0), "0")

    def test_a_figure_of_zero_has_no_ratio(self):
        cells = [cell("s", "a", 1, 100, reload_lost=0), cell("s", "b", 1, 100, reload_lost=5)]
        self.assertIsNone(figures.ratio(cells, "s", "a", "b", "reload_lost"))

    def test_close_ones_are_not_told_apart(self):
        cells = [cell("s", name, number, rate) for number, (one, other) in enumerate(((100, 90), (95, 105), (110, 100)))
                 for name, rate in (("a", one), ("b", other))]
        self.assertFalse(figures.verdict(cells, "s")[5])

    def test_one_round_is_never_certain(self):
        self.assertFalse(figures.verdict([cell("s", "a", 1, 300), cell("s", "b", 1, 100)], "s")[5])

    def test_a_server_without_a_figure_is_no_competitor(self):
        cells = [cell("s", "a", 1, 300), {"scenario": "s", "server": "b", "round": 1, "fault": "died"}]
        self.assertIsNone(figures.verdict(cells, "s"))

    def test_the_runner_up_is_another_program_on_the_same_wire(self):
        cells = [cell("s", name, 1, rate) for name, rate in
                 (("ours-memif", 900), ("ours", 500), ("ours-slow", 400), ("theirs", 300), ("theirs-slow", 100))]
        servers = {name: {"kin": name.split("-")[0], "wire": "memif" if "memif" in name else "veth"}
                   for name in ("ours-memif", "ours", "ours-slow", "theirs", "theirs-slow")}
        self.assertEqual(figures.verdict(cells, "s", servers)[:2], ("ours", "theirs"))
        self.assertEqual(figures.verdict(cells[:3], "s", servers)[:2], ("ours", "ours-slow"), "forms of one program")
        self.assertIsNone(figures.verdict(cells[:2], "s", servers), "each on a wire of its own")

    def test_what_is_like_a_server_is_its_kin(self):
        forms = [one for one in server.built_in() if one.name.startswith(("wadi", "knot"))]
        self.assertEqual({one.kin for one in forms}, {"wadi-xdp", "knot"})

    def test_the_limit_of_the_wire_wins_nothing(self):
        cells = [cell("s", "a", 1, 300), cell("s", "b", 1, 100), cell("s", "wire", 1, 900, is_limit=True)]
        self.assertEqual(figures.verdict(cells, "s")[:2], ("a", "b"))
        self.assertEqual(figures.limit_of(cells, "s"), "wire")

    def test_interval_is_students(self):
        logs = [0.1, 0.2, 0.3]
        _, low, high = figures.interval([math.exp(value) for value in logs])
        self.assertAlmostEqual(math.log(high) - math.log(low), 2 * 4.30 * 0.1 / math.sqrt(3), places=3)

    def test_change(self):
        self.assertEqual(figures.change([100, 101, 99], [100, 99, 101])[1], False)
        ratio, beyond = figures.change([100, 101, 99], [80, 81, 79])
        self.assertAlmostEqual(ratio, 0.8)
        self.assertTrue(beyond)
        self.assertFalse(figures.change([100], [50])[1], "one round each says nothing about noise")


class Runs(Folder):
    def test_a_stopped_run_goes_on(self):
        made = a_run(self.folder / "results.json")
        made.add(cell("s1", "a", 4, None, fault="it died"))
        held = results.resume(self.folder / "results.json", made.plan)
        self.assertTrue(held.done("s1", "a", 3))
        self.assertFalse(held.done("s1", "a", 4), "a turn that met a fault has it again")
        held.add(cell("s1", "a", 4, 5))
        self.assertEqual(len(held.cells), len(made.cells))
        with self.assertRaisesRegex(Trouble, "other servers, scenarios or rounds"):
            results.resume(self.folder / "results.json", made.plan | {"rounds": 9})

    def test_what_is_no_run(self):
        for text in ("", "[]", "{}", '{"form": 1}', '{"form": 99}', "\0"):
            with self.subTest(text), self.assertRaisesRegex(Trouble, "results.json|form 99"):
                results.read(self.file("results.json", text))

    def test_compare(self):
        old, new = a_run(self.folder / "old"), a_run(self.folder / "new", scale=0.5, seed=2)
        rows = command.changes(old, new, everything=False)
        halved = [row for row in rows if row[2] == "answers/s" and row[4] < 0.7 * row[3]]
        self.assertEqual({row[1] for row in halved}, {"Server <a>"})
        self.assertEqual(len(halved), 3)
        self.assertTrue(all("worse" in row[5] for row in halved))
        self.assertGreater(len(command.changes(old, new, everything=True)), len(rows))

    def test_noise_is_told(self):
        made = a_run(self.folder / "results.json")
        made.cells[0]["steal"] = 0.2
        self.assertFalse(noise.is_quiet(made.cells[0]))
        self.assertIn("steal 20%", report.scenario_part(made, "s1", made.scenarios["s1"]))
        self.assertNotIn("steal", report.scenario_part(made, "s2", made.scenarios["s2"]))

    def test_rates_are_told_of_the_wire(self):
        made = a_run(self.folder / "results.json")
        made.servers["wire"] = made.servers["c"] | {"title": "testpmd"}
        made.cells.append(cell("s1", "wire", 1, 10 * next(one["rate"] for one in made.cells if one["server"] == "a"), is_limit=True))
        part = report.scenario_part(made, "s1", made.scenarios["s1"])
        self.assertIn("testpmd, the wire's limit", part)
        self.assertIn("<td>10%</td>", part)

    def test_csv(self):
        made = a_run(self.folder / "results.json")
        made.write_csv(self.folder / "results.csv")
        self.assertEqual(len((self.folder / "results.csv").read_text().splitlines()), 1 + len(made.cells))


    def test_curves_are_medians_over_the_rounds(self):
        made = a_run(self.folder / "results.json")
        steps = figures.curves(made.cells, "s1")["a"]
        self.assertEqual(len(steps), 3)
        self.assertEqual(steps[0]["rate"], sorted(cell["curve"][0]["rate"] for cell in made.cells
                                                  if (cell["scenario"], cell["server"]) == ("s1", "a"))[1])
        self.assertEqual(steps[0]["calls_by_kind"], {"sendto": 0.2, "ppoll": 1.0})
        self.assertIn("ppoll 1.000, sendto 0.200", report.curve_part(made, "s1"))

    def test_another_generator_is_compared_in_the_same_round(self):
        made = a_run(self.folder / "results.json")
        self.assertEqual(report.check_part(made), "")
        made.cells[0] |= {"rate": 200, "check": {"by": "kxdpgun", "rate": 190}}
        self.assertIn("0.95", report.check_part(made))

    def test_a_full_disk_loses_nothing(self):
        made = a_run(self.folder / "results.json")
        made.write()
        before = (self.folder / "results.json").read_text()
        (self.folder / "results.new").symlink_to("/dev/full")
        with self.assertRaisesRegex(Trouble, "No space left on device; what was measured before stands in"):
            made.add(cell("s1", "a", 9, 1))
        self.assertEqual((self.folder / "results.json").read_text(), before)
        made.write()


class Kept(Folder):
    """A report as a repository keeps it."""

    def setUp(self):
        super().setUp()
        self.made = a_run(self.folder / "results.json")
        self.made.about |= {"command": "tools/bench dns --quick", "wadi": "abc"}
        self.made.write()

    def keep(self, readme):
        subprocess.run([ROOT / "tools/bench", "report", self.folder / "results.json", "--keep", self.folder / "kept",
                        "--readme", self.file("README.md", readme)], check=True, capture_output=True)
        return (self.folder / "README.md").read_text()

    def test_small_form(self):
        self.keep(f"{keep.BEGIN}\n{keep.END}\n")
        kept = self.folder / "kept/2026-11-29"
        self.assertLessEqual({"index.html", "results.json", "rate_by_zone_size.svg"}, {file.name for file in kept.iterdir()})
        self.assertEqual(results.read(kept / "results.json").cells, self.made.cells)
        page = (kept / "index.html").read_text()
        self.assertNotIn("<svg", page)
        for name in re.findall(r'<img src="([^"]*)"', page):
            self.assertTrue((kept / name).exists(), name)

    def test_table_of_a_readme(self):
        text = self.keep(f"# wadi\n{keep.BEGIN}\nold\n{keep.END}\nmore\n")
        self.assertNotIn("old", text)
        self.assertTrue(text.startswith(f"# wadi\n{keep.BEGIN}\nMeasured on 2026-11-29 with `sudo tools/bench dns --quick`"), text)
        self.assertIn("(kept/2026-11-29/index.html)", text)
        self.assertRegex(text, r"\| 10 names \| \*\*[\d,]+\*\* \| [\d,]+ \| [\d,]+ \| [23]\.\d\dx")
        self.assertTrue(text.endswith(f"{keep.END}\nmore\n"))

    def test_no_path_of_the_machine_is_kept(self):
        for text, want in (('"load":"/home/me/my-wadi/build/src/apps/bench/wadi-bench dns"', '"load":"build/src/apps/bench/wadi-bench dns"'),
                           ("<pre>/a/build-clang/src/apps/dns/wadi-dns serve -c /run/x</pre>",
                            "<pre>build-clang/src/apps/dns/wadi-dns serve -c /run/x</pre>"),
                           ("nsd -d -c /run/bench/nsd.conf", "nsd -d -c /run/bench/nsd.conf")):
            self.assertEqual(keep.without_tree(text), want)

    def test_a_readme_without_marks_is_as_it_was(self):
        for text in ("none\n", f"{keep.END}\n{keep.BEGIN}\n", f"{keep.BEGIN}\n"):
            with self.subTest(text), self.assertRaisesRegex(Trouble, "has no lines"):
                keep.into_readme(self.made, self.file("README.md", text), "x")
            self.assertEqual((self.folder / "README.md").read_text(), text)


def a_sheet():
    """Two servers in one row and one alone in another."""
    made = sheet.Sheet("Servers <side> by side", "One asks, one answers.", {"date": "2026-11-30", "cpu": "a cpu", "cores": 2,
                       "system": "Debian", "kernel": "6", "command": "tools/bench http", "versions": ["a 1.0"]}, files={"a.conf": "<x>"})
    made.add("kept <i>", "requests/s", {"a": [{"per_s": n, "us": 3.5, "failed": 0} for n in (2000, 4000, 8000)],
                                        "b": [{"per_s": n, "us": 7, "failed": 1} for n in (1010, 1990, 4000)]})
    made.add("alone", "Gbit/s", {"a": [{"per_s": 23.456}]})
    made.add("of nobody", "requests/s", {"a": []})
    return made


class Sheets(Folder):
    def test_servers_are_compared_within_a_round(self):
        first, second, middle, low, high, certain = sheet.verdict(a_sheet().rows["kept <i>"])
        self.assertEqual((first, second, certain), ("a", "b", True))
        self.assertAlmostEqual(middle, 2, places=1)
        self.assertTrue(1.9 < low < high < 2.1, "the machine's factor of four cancels out")
        self.assertIsNone(sheet.verdict(a_sheet().rows["alone"]))

    def test_what_nobody_measured_is_no_row(self):
        self.assertEqual(list(a_sheet().rows), ["kept <i>", "alone"])

    def test_a_server_that_answered_nothing_is_not_compared(self):
        made = a_sheet()
        made.add("none", "requests/s", {"a": [{"per_s": 0}], "b": [{"per_s": 0}]})
        self.assertIsNone(sheet.verdict(made.rows["none"]))
        made.keep(self.folder)

    def test_csv(self):
        sheet.write_csv(a_sheet(), self.folder / "results.csv")
        self.assertEqual((self.folder / "results.csv").read_text().splitlines()[:2],
                         ["row,unit,server,round,per_s,us,failed", "kept <i>,requests/s,a,1,2000,3.5,0"])

    def test_it_is_read_again(self):
        a_sheet().keep(self.folder)
        self.assertEqual(sheet.read(self.folder / "results.json"), a_sheet())
        self.assertIsNone(sheet.read(self.file("other.json", '{"form": 2}')))
        with self.assertRaisesRegex(Trouble, "no.json: is not a results.json"):
            sheet.read(self.folder / "no.json")

    def test_a_folder_that_cannot_be_made_is_named(self):
        with self.assertRaisesRegex(Trouble, "--report .*file/x: Not a directory"):
            a_sheet().keep(self.file("file", "") / "x")

    def test_page(self):
        a_sheet().keep(self.folder)
        browser = Browser(self.folder)
        self.addCleanup(browser.close)
        browser.post("/url", {"url": f"file://{self.folder}/index.html"})
        self.assertRegex(browser.run("return document.querySelector('table tr:nth-child(2)').innerText"),
                         r"kept <i>\s+requests/s\s+a\s+2\.0\dx .*\s+4,000\s+b\s+1,990")
        bars = browser.run("return [...document.querySelectorAll('#rates svg path[style*=\"fill: #0b6e99\"], #rates svg "
                           "path[style*=\"fill: #d1495b\"]')].map(bar => bar.getBoundingClientRect().width).filter(width => width > 30)")
        self.assertGreaterEqual(len(bars), 2, "a bar for each server")
        self.assertAlmostEqual(max(bars) / min(bars), 2, delta=0.1)
        self.assertLessEqual(browser.run("return document.documentElement.scrollWidth"), 390, "no sideways scrolling")
        self.assertEqual(browser.post("/se/log", {"type": "browser"}), [], "nothing on the console")


class Plans(unittest.TestCase):
    """In which order turns come, and how long they are thought to take."""

    def setUp(self):
        self.scenarios = [scenario.Scenario("small", "", None, 1), scenario.Scenario("big", "", None, 9, curve=True),
                          scenario.Scenario("tcp", "", None, 1, transport="tcp")]
        self.servers = [server.Server("a", "A", ""), server.Server("b", "B", "", tcp=["tcp"]),
                        server.Server("wire", "W", "", is_limit=True)]

    def order(self, rounds):
        return [(one.name, number, [by.name for by in servers])
                for one, number, servers in runner.blocks(self.scenarios, self.servers, rounds)]

    def test_each_scenario_has_a_round_before_any_has_two(self):
        both = ["a", "b"]
        self.assertEqual(self.order(2), [("small", 1, both), ("big", 1, both), ("tcp", 1, ["b"]), ("big", 2, both),
                                         ("small", 2, both), ("tcp", 2, ["b"])])

    def forecast(self, *cells):
        made = results.Results("unused", {})
        made.cells = [{"scenario": name, "server": by, "took_s": took} for name, by, took in cells]
        return runner.Forecast(made)

    def test_before_anything_was_measured(self):
        self.assertEqual(self.forecast().turn_s(self.scenarios[0], self.servers[0]), runner.FIRST_GUESS_S)

    def test_the_same_turn_of_another_round_says_most(self):
        forecast = self.forecast(("small", "a", 10), ("small", "a", 20), ("small", "b", 100))
        self.assertEqual(forecast.turn_s(self.scenarios[0], self.servers[0]), 15)
        self.assertEqual(forecast.measured_s(), 130)

    def test_a_new_turn_is_as_the_server_and_the_scenario_are(self):
        forecast = self.forecast(("small", "a", 10), ("small", "b", 30), ("big", "a", 20))
        self.assertAlmostEqual(forecast.turn_s(self.scenarios[1], self.servers[1]), 20 * 30 / 20)

    def test_a_search_begins_at_what_was_found_before(self):
        small, big, tcp = self.scenarios
        made = results.Results("unused", {})
        made.scenarios = {one.name: {"transport": one.transport} for one in self.scenarios}
        self.assertIsNone(runner.near(made, small, self.servers[0]))
        made.cells = [cell("small", "a", 1, 100), cell("small", "a", 2, 120), cell("big", "b", 1, 7)]
        self.assertEqual(runner.near(made, small, self.servers[0]), 110)
        self.assertEqual(runner.near(made, big, self.servers[0]), 110, "another scenario of the same transport")
        self.assertIsNone(runner.near(made, tcp, self.servers[0]))

    def test_each_command_says_how_it_is_used(self):
        for words in [], ["dns"], ["report"], ["compare"]:
            told = subprocess.run([ROOT / "tools/bench", *words, "--help"], capture_output=True, text=True)
            self.assertEqual((told.returncode, told.stderr), (0, ""))
            self.assertRegex(told.stdout, f"^usage: tools/bench {' '.join(words)}")

    def test_times_and_rates_as_a_person_writes_them(self):
        self.assertEqual([command.seconds_of(text) for text in ("280s", "25m", "1h")], [280, 1500, 3600])
        self.assertEqual(command.rates_of("50000,200000"), [50000, 200000])
        for read, text in ((command.seconds_of, "25"), (command.seconds_of, "-1m"), (command.rates_of, "0"), (command.rates_of, "1,,2")):
            with self.subTest(text), self.assertRaises(argparse.ArgumentTypeError):
                read(text)


class Browser:
    """Chromium, spoken to as WebDriver's standard says."""

    def __init__(self, folder):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True, cwd=folder)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                break
        port = line.rpartition(" ")[2].strip().rstrip(".")
        self.at = f"http://127.0.0.1:{port}/session"
        args = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        made = self.post("", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": args, "mobileEmulation": {
                "deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 2}}},
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.at += "/" + made["sessionId"]

    def post(self, path, body):
        asked = urllib.request.Request(self.at + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return json.load(answer)["value"]

    def run(self, script):
        return self.post("/execute/sync", {"script": script, "args": []})

    def close(self):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(urllib.request.Request(self.at, method="DELETE"), timeout=60).close()
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()


DRAWN = """
return [...document.querySelectorAll('figure')].map(figure => ({
  name: figure.id,
  wide: figure.getBoundingClientRect().width,
  text: [...figure.querySelectorAll('svg text')].map(text => text.textContent),
  font: Math.min(...[...figure.querySelectorAll('svg text')].map(text =>
    parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a)),
  // Lines of the servers are the only paths without filling that are far from straight up or across.
  lines: [...figure.querySelectorAll("svg path[style*='stroke-width: 1.8']")]
    .filter(path => path.closest("[id^='legend']") === null)
    .map(path => path.getBoundingClientRect()).filter(box => box.width > 40).length}))"""


class Page(Folder):
    """What a person sees on a phone."""

    def open(self, made):
        report.write(made, self.folder)
        browser = Browser(self.folder)
        self.addCleanup(browser.close)
        browser.post("/url", {"url": f"file://{self.folder}/index.html"})
        return browser

    def test_page(self):
        made = a_run(self.folder / "results.json")
        made.scenarios["s1"]["load"] = "/a/path/that/is/wider/than/any/phone/wadi-bench dns --to 10.53.0.2"
        browser = self.open(made)
        drawn = browser.run(DRAWN)
        self.assertEqual({chart["name"] for chart in drawn},
                         {"rate_by_zone_size", "latency_by_rate", "cost_by_rate", "memory_by_zone_size", "start_by_zone_size"})
        for chart in drawn:
            self.assertEqual(chart["lines"], 3, f"{chart['name']}: a line for each server")
            self.assertGreater(chart["font"], 8, f"{chart['name']}: legible")
            self.assertIn("Server <a>", chart["text"])
        self.assertLessEqual(browser.run("return document.documentElement.scrollWidth"), 390, "no sideways scrolling")
        first = browser.run("return document.querySelector('table tr:nth-child(2)').innerText")
        self.assertRegex(first, r"10 names\s+Server <a>\s+[23]\.\d\dx")
        self.assertEqual(browser.post("/se/log", {"type": "browser"}), [], "nothing on the console")

    def test_a_run_with_one_server_says_so(self):
        made = a_run(self.folder / "results.json")
        made.cells = [one for one in made.cells if one["server"] == "a"]
        browser = self.open(made)
        self.assertEqual({chart["lines"] for chart in browser.run(DRAWN)}, {1})

    def test_nothing_to_show_draws_no_empty_chart(self):
        made = a_run(self.folder / "results.json")
        made.cells = []
        self.assertEqual(charts.all_charts(made), [])


if __name__ == "__main__":
    unittest.main()
