# servers: writes what each server needs to serve the same zones, each within a
# directory of its own. Neighbour: tests/net/differential.sh, which starts them.
import json
import os
import subprocess

ADDRESSES = {"nsd": "127.0.0.2", "bind": "127.0.0.3", "knot": "127.0.0.4", "pdns": "127.0.0.5", "wadi": "10.53.0.2"}
# Every other batch of questions goes here.
ADDRESSES6 = {"wadi": "fd53::2"}
OTHERS = ("nsd", "bind", "knot", "pdns")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


# zones: (origin as text without the last dot, file) pairs.
def nsd(dir, zones):
    text = """server:
  ip-address: %s
  server-count: 1
  username: ""
  database: ""
  pidfile: "%s/nsd.pid"
  xfrdfile: "%s/xfrd.state"
  zonelistfile: "%s/zone.list"
  xfrdir: "%s"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  minimal-responses: yes
remote-control:
  control-enable: no
""" % (ADDRESSES["nsd"], dir, dir, dir, dir)
    write(dir + "/conf", text + "".join('zone:\n  name: "%s"\n  zonefile: "%s"\n' % zone for zone in zones))


def bind(dir, zones):
    text = """options {
  directory "%s";
  pid-file "%s/pid";
  session-keyfile "%s/session.key";
  listen-on port 53 { %s; };
  listen-on-v6 { none; };
  recursion no;
  notify no;
  minimal-responses no-auth;
  minimal-any yes;
  zero-no-soa-ttl no;
  dnssec-validation no;
  empty-zones-enable no;
  max-cache-size 8M;
  max-records-per-type 0;
  check-names primary ignore;
};
controls { };
""" % (dir, dir, dir, ADDRESSES["bind"])
    lax = "check-integrity no; check-names ignore; check-mx ignore; check-sibling no; check-dup-records ignore; check-wildcard no;"
    write(dir + "/conf", text + "".join('zone "%s" { type primary; file "%s"; %s };\n' % (origin, file, lax)
                                        for origin, file in zones))


def knot(dir, zones):
    text = """server:
    rundir: "%s"
    listen: %s@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "%s"
control:
    listen: "%s/control"
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: "%s"
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
zone:
""" % (dir, ADDRESSES["knot"], dir, dir, dir)
    write(dir + "/conf", text + "".join('  - domain: "%s"\n    file: "%s"\n' % zone for zone in zones))


def pdns(dir, zones):
    write(dir + "/named.conf", 'options { directory "%s"; };\n' % dir + "".join(
        'zone "%s" { type native; file "%s"; };\n' % zone for zone in zones))
    write(dir + "/pdns.conf", """launch=bind
bind-config=%s/named.conf
local-address=%s
socket-dir=%s
daemon=no
guardian=no
disable-syslog=yes
loglevel=3
8bit-dns=yes
dname-processing=yes
any-to-tcp=no
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
receiver-threads=1
distributor-threads=1
security-poll-suffix=
""" % (dir, ADDRESSES["pdns"], dir))


def wadi(dir, zones):
    pem = {"certificate": dir + "/cert.pem", "key": dir + "/key.pem"}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=wadi", "-addext", "subjectAltName=IP:%s,IP:%s" % (ADDRESSES["wadi"], ADDRESSES6["wadi"]),
                    "-keyout", pem["key"], "-out", pem["certificate"]], check=True, capture_output=True)
    conf = {"ports": [{"name": "net0", "device": "tap:wadi0", "ipv4": "10.53.0.2/24", "ipv6": "fd53::2/64"}],
            "control": {"socket": dir + "/../wadi.sock"},
            "dns": {"zones": [{"origin": origin, "file": file} for origin, file in zones],
                    "rate_limit": {"enabled": False}, "https": {"enabled": True, "certificates": [pem]}}}
    write(dir + "/../wadi.json", json.dumps(conf, indent=1))


# PowerDNS wants a database to serve what others have signed, so it serves the rest.
def of_world(world):
    return [name for name in ADDRESSES if name != "pdns" or not world.signed]


def write_all(dir, zones, unsigned):
    for name, writer in (("nsd", nsd), ("bind", bind), ("knot", knot), ("pdns", pdns), ("wadi", wadi)):
        os.makedirs(dir + "/" + name, exist_ok=True)
        writer(dir + "/" + name, unsigned if name == "pdns" else zones)
