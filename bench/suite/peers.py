# peers: the same servers from the next Debian, in a folder of its own that peers.sh makes, so that
# the comparison is with the newest, too.
import dataclasses
import subprocess

from suite.lab import ROOT
from suite.server import Trouble

RELEASES = {"debian13": "trixie"}


def of(servers, which):
    """The servers with those of Debian's packages taken from that Debian; "both": each of them twice."""
    chosen = []
    for server in servers:
        is_package = bool(server.packages) and not server.is_limit
        if server.only_from in ("", "debian12") and (which != "debian13" or not is_package):
            chosen.append(server)
        if server.only_from in ("", "debian13") and which != "debian12" and is_package:
            chosen.append(dataclasses.replace(server, name=f"{server.name}-13", title=f"{server.title} (Debian 13)",
                                              root=ROOT / f"build-peers-{RELEASES['debian13']}" / "root"))
    return chosen


def make(servers):
    """What they need, if any of them is from another Debian."""
    packages = sorted({package for server in servers if server.root for package in server.packages})
    if packages and subprocess.run([ROOT / "bench/suite/peers.sh", RELEASES["debian13"], *packages]).returncode:
        raise Trouble("Debian 13 cannot be made (above); --peers debian12 does without")
