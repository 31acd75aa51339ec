# of_load: wadi-sdn, ovs-testcontroller and os-ken's learning switch on the suite's wire and the same
# core, with wadi-bench of as the switches on the other core; and wadi-sdn over memif. Rounds
# alternate; a figure is the median of a controller's rounds, and ratios are of figures of one round.
# tools/bench is the command.
import json
import signal
import statistics
import subprocess
import time

import tcp_parts
from suite import lab as lab_of, machine
from suite.server import Trouble
from suite.sheet import Sheet, packages

PORT = 6653
APPLICATION = lab_of.ROOT / "bench/os_ken_switch.py"
OURS, OTHERS = "wadi-sdn", ("ovs-testcontroller", "os-ken")
# Kind, title, and options of wadi-bench of. `half` is at half of the rate of the part before. ovs-testcontroller
# takes 16 switches at most, os-ken's application speaks 1.3.
SIXTEEN = {"switches": 16, "hosts": 1000}
MANY = {"switches": 64, "hosts": 100}
PARTS = [("throughput", "1.0, 16 switches, 1,000 hosts", SIXTEEN | {"openflow": "1.0", "window": 32}),
         ("throughput", "1.3, 16 switches, 1,000 hosts", SIXTEEN | {"window": 32}),
         ("half", "1.3, 16 switches, at half its rate", SIXTEEN | {"window": 256}),
         ("throughput", "1.3, 1 switch, 1,000 hosts", {"switches": 1, "hosts": 1000, "window": 32}),
         ("latency", "1.3, one packet-in at a time", {"switches": 1, "hosts": 1000, "window": 1})]
MEMIF = [("memif", "memif, 1.3, 64 switches", MANY | {"window": 64}),
         ("half", "memif, 1.3, 64 switches, at half its rate", MANY | {"window": 1024}),
         ("memif", "memif, 1.0, 64 switches", MANY | {"openflow": "1.0", "window": 64}),
         ("half", "memif, 1.0, 64 switches, at half its rate", MANY | {"openflow": "1.0", "window": 1024}),
         ("memif", "memif, 1.3, 1,000 switches, 100 hosts", {"switches": 1000, "hosts": 100, "window": 16})]
KINDS = sorted({kind for kind, *_ in PARTS + MEMIF} - {"half"})
WARM_UP_MS = 3000  # hosts announce themselves first
FROMS = [word for n in range(4) for word in ("--from", f"10.53.0.{100 + n}/24")]


def chosen(parts, kinds):
    """Those of the kinds, each with the part at half of its rate."""
    wanted = False
    for part in parts:
        wanted = part[0] in kinds or (part[0] == "half" and wanted)
        if wanted:
            yield part


def conf(lab, device, address):
    path = lab.tmp / f"{device.split(':')[0]}-sdn.json"
    path.write_text(json.dumps({
        "ports": [{"name": "net0", "device": device, "ipv4": address, "pages": 32768}], "tcp_connections": 4096,
        "control": {"socket": str(lab.tmp / f"{device.split(':')[0]}.sock")},
        "sdn": {"port": PORT, "floods_per_s": 1000000, "topology": False}}))
    return path


class Controller:
    """A controller that runs in the lab until it is closed."""

    def __init__(self, lab, title, words, takes_interface):
        self.title, self.takes_interface, self.root = title, takes_interface, None
        lab.prepare(self)
        self.path = lab.tmp / f"{title}.log"
        self.log = open(self.path, "w")
        self.process = subprocess.Popen(lab.on_server(self, [*map(str, words)]), stdout=self.log, stderr=self.log)
        for _ in range(200):
            if self.process.poll() is None and lab.listens(PORT):
                return
            time.sleep(0.1)
        self.close()
        raise Trouble(f"{title} does not serve: {self.path.read_text()[-500:]}")

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def controllers(lab):
    """What starts each of them, in any version."""
    def ours():
        return Controller(lab, OURS, [lab.program("wadi-sdn"), "serve", "-c",
                                      conf(lab, f"af_xdp:{lab.server_iface}", f"{lab.server_address}/24")], True)

    def ovs():
        return Controller(lab, OTHERS[0], ["ovs-testcontroller", f"--unixctl={lab.tmp}/ovs.ctl", f"ptcp:{PORT}"], False)

    def os_ken():
        return Controller(lab, OTHERS[1], ["osken-manager", "--ofp-tcp-listen-port", PORT, APPLICATION], False)

    return {OURS: ours, OTHERS[0]: ovs, OTHERS[1]: os_ken}


def speaks(title, how):
    return title != OTHERS[1] or "openflow" not in how


def load(lab, how, device, to, froms, seconds, prefix):
    words = [lab.program("wadi-bench"), "of", "--json", "--to", f"{to}:{PORT}", "--device", device, *froms,
             "--warm-up", WARM_UP_MS, "--duration", seconds]
    for option, value in how.items():
        words += [f"--{option}", value]
    found = tcp_parts.report(subprocess.run([*map(str, [*prefix, *words])], text=True, capture_output=True))
    if found.get("error"):
        raise Trouble(f"wadi-bench of: {found['error']}")
    latency = found["latency_us"]
    return {"per_s": found["answers_per_s"], "p50_us": latency.get("50", 0), "p99_us": latency.get("99", 0),
            "fairness": found["fairness"], "idle": found["idle"], "lost": found["lost"] + found["unsent"],
            "wrong": found["wrong"] + found["wrong_flows"] + found["malformed"], "sent": found["sent"],
            "by_flow": found["by_flow"], "flow_mods": found["flow_mods"]}


def measure(parts, run, title, results):
    """Each part with a controller that runs; a part at half of the rate follows that whose rate it is."""
    rate = 0
    for kind, name, how in parts:
        result = run(how | {"rate": max(1, rate // 2)} if kind == "half" else how)
        rate = result["per_s"]
        results.setdefault(name, {}).setdefault(title, []).append(result)
        print(f"  {title:<20}{name:<42}{result['per_s']:>12,.0f} answers/s, 99 %: {result['p99_us']:,} us, fairness "
              f"{result['fairness']:.4f}, {result['lost']} lost, {result['wrong']} wrong", flush=True)


def measure_wire(lab, options, parts, results):
    for title, start in controllers(lab).items():
        try:
            controller = start()
        except Trouble as fault:
            print(f"  {title}: {fault}", flush=True)
            continue
        try:
            measure([part for part in parts if speaks(title, part[2])], lambda how: load(lab, how, f"af_xdp:{lab.client_iface}", lab.server_address, FROMS,
                                            options.seconds, lab.on_client()), title, results)
        finally:
            controller.close()


def measure_memif(lab, options, parts, results):
    link = lab.tmp / "link"
    words = [lab.program("wadi-sdn"), "serve", "-c", conf(lab, f"memif:{link},role=server", "10.54.0.2/24")]
    with open(lab.tmp / "memif.log", "w") as log:
        controller = subprocess.Popen(tcp_parts.pinned(lab.server_core, *words), stdout=log, stderr=log)
    try:
        for _ in range(100):
            if link.exists():
                break
            time.sleep(0.1)
        froms = [word for address in tcp_parts.MEMIF_ADDRESSES[:4] for word in ("--from", address)]
        # With a memif's own few pages the load's receive windows close, and it is the limit.
        load_of = [*froms, "--set", "ports[0].pages=32768"]
        measure(parts, lambda how: load(lab, how, f"memif:{link},role=client", "10.54.0.2", load_of, options.seconds,
                                        tcp_parts.pinned(lab.client_core)), OURS, results)
    finally:
        controller.terminate()
        controller.wait(20)


def middle(rounds, key):
    return statistics.median(one[key] for one in rounds)


def show(results):
    print(f"\n{'':<44}{'answers/s':>12}{'lowest':>12}{'highest':>12}{'50 %, us':>10}{'99 %, us':>10}{'fairness':>10}{'lost':>8}"
          f"{'wrong':>8}{'load idle':>10}{'ratio':>8}")
    for name, of in results.items():
        print(name)
        for title, rounds in of.items():
            rates = [one["per_s"] for one in rounds]
            ratios = [mine["per_s"] / max(1, one["per_s"]) for mine, one in zip(of.get(OURS, []), rounds)] if title != OURS else []
            print(f"  {title:<42}{statistics.median(rates):>12,.0f}{min(rates):>12,.0f}{max(rates):>12,.0f}"
                  f"{middle(rounds, 'p50_us'):>10,.0f}{middle(rounds, 'p99_us'):>10,.0f}{middle(rounds, 'fairness'):>10.4f}"
                  f"{sum(one['lost'] for one in rounds):>8}{sum(one['wrong'] for one in rounds):>8}{middle(rounds, 'idle'):>10.0%}"
                  + (f"{statistics.median(ratios):>8.2f}" if ratios else ""))
    print("\nratio: answers of wadi-sdn to those of this controller, in the same round; load idle: the share of the time in\n"
          "which wadi-bench had nothing to do: near 0 it was the limit itself")


def sheet(about, lab, results):
    made = Sheet("OpenFlow controllers side by side", "wadi-bench of is the switches, on one core; the controller has the other; in each round "
                 "every controller has its turn.", about | {"versions": packages("openvswitch-testcontroller", "python3-os-ken")},
                 files={path.name: path.read_text() for path in sorted(lab.tmp.glob("*-sdn.json"))})
    for name, of in results.items():
        made.add(name, "answers/s", of)
    return made


def bench_of(options):
    kinds = options.kinds.split(",") if options.kinds else KINDS
    for kind in kinds:
        if kind not in KINDS:
            raise Trouble(f"of has no part {kind}; it has {', '.join(KINDS)}")
    about, lab, results = machine.about(options.command), lab_of.of_this_tree(), {}
    wire, memif = list(chosen(PARTS, kinds)), list(chosen(MEMIF, kinds))
    lab.set_up_folder(first=not options.polite)
    if wire:
        lab.set_up_wire()
        lab.sysctl(lab.server_space, "net.core.somaxconn=65535")
    for turn in range(1, options.rounds + 1):
        print(f"round {turn} of {options.rounds}", flush=True)
        if wire:
            measure_wire(lab, options, wire, results)
        if memif:
            measure_memif(lab, options, memif, results)
    if wire:
        lab.del_spaces()
    print(machine.head(about, options))
    print("packet-ins answered; wadi-bench of on core 1, the controller on core 0")
    show(results)
    tcp_parts.keep(options, about, bench="of", results=results)
    sheet(about, lab, results).keep(options.report)
