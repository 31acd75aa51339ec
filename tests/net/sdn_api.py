"""The REST interface of wadi-sdn as a program sees it: sdn_api.py PHASE URL FOLDER. Every answer is
checked against openapi.json, which the controller serves, and that against its own rules. In FOLDER are
token and read_token, cert.pem for HTTPS, and what the phases leave for the script."""

import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import sys
import time
import urllib.parse

import jsonschema

PHASE, URL, FOLDER = sys.argv[1], urllib.parse.urlsplit(sys.argv[2]), pathlib.Path(sys.argv[3])
TOKENS = {name: (FOLDER / name).read_text().strip() for name in ("token", "read_token")}
PATIENCE = 20 * float(sys.argv[4])


def connect():
    if URL.scheme == "https":
        context = ssl.create_default_context(cafile=FOLDER / "cert.pem")
        return http.client.HTTPSConnection(URL.hostname, URL.port, timeout=PATIENCE, context=context)
    return http.client.HTTPConnection(URL.hostname, URL.port, timeout=PATIENCE)


def request(method, path, token="token", body=None, **fields):
    connection = connect()
    fields = {name.replace("_", "-"): value for name, value in fields.items()}
    if token:
        fields["Authorization"] = f"Bearer {TOKENS.get(token, token)}"
    connection.request(method, path, body, fields)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


document = json.loads(request("GET", "/api/v1/openapi.json", None)[1])


def deref(value):
    while "$ref" in value:
        node = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        value = node
    return value


def judge(schema, value, what):
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": document["components"]}
    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(value))
    assert not errors, f"{what}: {errors[0].json_path}: {errors[0].message}"


def operation(method, path):
    for template, item in document["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return item.get("get" if method == "HEAD" else method.lower())
    return None


def call(method, path, want=200, **more):
    """The content of an answer that has this status and is as openapi.json says."""
    answer, content = request(method, path, **more)
    assert answer.status == want, f"{method} {path}: {answer.status} {content[:500]}"
    kind = answer.headers["Content-Type"]
    value = json.loads(content)
    if want >= 400:
        assert kind == "application/problem+json", kind
        judge({"$ref": "#/components/schemas/Problem"}, value, f"{method} {path}")
        assert value["status"] == want, value
    described = operation(method, urllib.parse.urlsplit(path).path)
    if described and want not in (404, 405):
        response = deref(described["responses"][str(want)])
        judge(response["content"][kind]["schema"], value, f"{method} {path}")
    return value


def get(path, want=200, **more):
    return call("GET", "/api/v1/" + path, want, **more)


def until(what, function):
    end = time.monotonic() + PATIENCE
    while not (value := function()):
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.1)
    return value


def check_document():
    """OpenAPI 3.1: schemas are schemas, references lead somewhere, parameters of paths are declared."""
    assert document["openapi"].startswith("3.1."), document["openapi"]
    tree = json.loads(pathlib.Path("src/apps/sdn/api/openapi.json").read_text())
    assert document == tree, "another document is served than the tree has"
    ids = []

    def walk(value, where):
        if isinstance(value, dict):
            if "$ref" in value:
                deref(value)
            for name, member in value.items():
                walk(member, f"{where}/{name}")
        elif isinstance(value, list):
            for member in value:
                walk(member, where)

    walk(document, "")
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert "description" in schema or "pattern" in schema, name
    for path, item in document["paths"].items():
        for described in item.values():
            ids.append(described["operationId"])
            assert described["responses"] and described["summary"], path
            parameters = [deref(parameter) for parameter in described.get("parameters", [])]
            assert {p["name"] for p in parameters if p["in"] == "path"} == set(re.findall(r"\{(\w+)\}", path)), path
            for parameter in parameters:
                jsonschema.Draft202012Validator.check_schema(parameter["schema"])
    assert len(ids) == len(set(ids)), ids


def check_refusals():
    get("status", 401, token=None)
    get("status", 401, token="a-token-that-is-wrong")
    get("absent", 404)
    get("switches/1", 404)
    get("switches/00000000000000ff", 404)
    get("switches/00000000000000ff/flows", 404)
    for path in ("switches?limit=0", "switches?limit=999", "switches?cursor=x", "switches?what=1", "hosts?limit=1&limit=2",
                 "paths", "paths?from=a", "switches/0000000000000001/flows?table=255", "events?after=-1", "status?limit=1"):
        get(path, 400)
    get("events/stream", 400, Last_Event_ID="x")
    get("paths?from=nobody&to=10.9.0.1", 404)
    for method, path in (("POST", "switches"), ("DELETE", "intents"), ("PATCH", "intents")):
        call(method, "/api/v1/" + path, 405)
    answer, content = request("HEAD", "/api/v1/switches")
    assert answer.status == 200 and not content, answer.status
    call("GET", "/absent", 404, token=None)


def pages(what):
    """All rows, some at a time."""
    rows, cursor = [], None
    for _ in range(1000):
        page = get(f"{what}?limit=1" + (f"&cursor={cursor}" if cursor else ""))
        rows += page[what]
        cursor = page["next"]
        if cursor is None:
            return rows
    raise AssertionError(f"{what}: pages without end")


def check_network():
    status = get("status")
    assert status["mode"] == "topology" and status["switches"] == 2 and status["may_write"], status
    assert not get("status", token="read_token")["may_write"]
    switches = get("switches")["switches"]
    assert [row["datapath"] for row in switches] == sorted(f"{n:016x}" for n in (1, 2)), switches
    assert [(row["state"], row["version"]) for row in switches] == [("serving", "1.3"), ("serving", "1.5")], switches
    assert pages("switches") == [dict(row) for row in switches] or len(pages("switches")) == 2
    link = until("the link", lambda: get("links")["links"])[0]
    assert {(link[end]["datapath"][-1], link[end]["port"]) for end in "ab"} == {("1", 2), ("2", 2)}, link
    hosts = until("both hosts", lambda: len(rows := pages("hosts")) == 2 and rows)
    assert sorted(address for host in hosts for address in host["addresses"]) == ["10.9.0.1", "10.9.0.2"], hosts
    macs = {host["addresses"][0]: host["mac"] for host in hosts}
    assert all(host["port"] == 1 for host in hosts), hosts
    for ends in (("10.9.0.1", "10.9.0.2"), (macs["10.9.0.1"], macs["10.9.0.2"])):
        path = get("paths?" + urllib.parse.urlencode({"from": ends[0], "to": ends[1]}))
        assert path["reached"] and path["reason"] is None, path
        assert [(hop["datapath"][-1], hop["in_port"], hop["out_port"]) for hop in path["hops"]] == [("1", 1, 2), ("2", 2, 1)], path
    path = get("paths?from=10.9.0.1&to=10.9.0.99")
    assert not path["reached"] and "second host is not known" in path["reason"], path


def check_reads(version):
    """What the interface reads from the second switch, which speaks this version."""
    at = f"switches/{2:016x}"
    until(f"OpenFlow {version}", lambda: [(row["version"], row["state"]) for row in get("switches")["switches"]
                                          if row["datapath"][-1] == "2"] == [(version, "serving")])
    ports = until("counters", lambda: (p := get(at)["ports"]) and all(port["counters"] for port in p) and p)
    assert {1, 2} <= {port["port"] for port in ports}, ports
    until("the fill of tables", lambda: get(at)["switch"]["flows"])
    room = until("the room of tables", lambda: get(at)["switch"]["flows_max"])
    assert room % 1_000_000 == 0 and room >= 1_000_000, room  # Open vSwitch says so of each table
    flows = until("flows", lambda: get(at + "/flows")["flows"])
    assert all(flow["match"] or flow["priority"] in (0, 1) for flow in flows), flows
    if version == "1.0":
        assert "no groups and no meters" in get(at + "/groups", 404)["detail"]
        get(at + "/meters", 404)
    else:
        assert isinstance(get(at + "/groups")["groups"], list) and get(at + "/meters")["meters"] == []


def check_counters():
    """A ping goes on all the while."""
    def loaded():
        ports = {port["port"]: port for port in get("switches/0000000000000001")["ports"]}
        rates = ports[1]["rates"]
        return rates and rates["rx_bps"] > 0 and rates["tx_pps"] > 0 and ports
    ports = until("a rate of the port", loaded)
    assert ports[1]["leads_to"] == "host" and ports[1]["peer"] is None, ports[1]
    assert ports[2]["leads_to"] == "switch" and ports[2]["peer"] == {"datapath": f"{2:016x}", "port": 2}, ports[2]
    assert ports[1]["counters"]["rx_packets"] > 0 and ports[1]["link"] == "up", ports[1]
    until("the load of the link", lambda: get("links")["links"][0]["a_to_b_bps"])
    row = until("the fill of tables", lambda: (r := get("switches/0000000000000001")["switch"])["flows"] and r)
    assert row["flows"] >= 3, row
    flows = get("switches/0000000000000001/flows")
    ours = [flow for flow in flows["flows"] if flow["owner"] == "learning"]
    assert len(ours) >= 3 and not flows["truncated"], flows
    assert any("eth_dst" in flow["match"] and "output" in flow["instructions"] and flow["packets"] > 0 for flow in ours), flows
    assert [flow["owner"] for flow in get("switches/0000000000000001/flows?table=9")["flows"]] == ["other"]
    group = get("switches/0000000000000001/groups")["groups"]
    assert [(g["group"], g["type"]) for g in group] == [(7, "all")] and "output" in group[0]["buckets"], group
    meter = get("switches/0000000000000001/meters")["meters"]
    assert [m["meter"] for m in meter] == [3] and "1000" in meter[0]["text"], meter


class Stream:
    """Events as they come; it reads no faster than it is asked to."""

    def __init__(self, small=False, **fields):
        self.socket = socket.socket()
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((URL.hostname, URL.port))
        if URL.scheme == "https":
            self.socket = ssl.create_default_context(cafile=FOLDER / "cert.pem").wrap_socket(
                self.socket, server_hostname=URL.hostname)
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        # HTTP/1.0: the content is not in chunks.
        self.socket.sendall(f"GET /api/v1/events/stream HTTP/1.0\r\nAuthorization: Bearer {TOKENS['read_token']}\r\n{head}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.head = list(iter(lambda: self.file.readline().strip(), b""))
        assert b" 200 " in self.head[0] and b"Content-Type: text/event-stream" in self.head, self.head

    def next(self):
        """(kind, data); comments are passed over."""
        event = {}
        while line := self.file.readline():
            line = line.decode().rstrip("\n")
            if not line and event:
                data = json.loads(event["data"])
                if event["event"] == "event":
                    judge({"$ref": "#/components/schemas/Event"}, data, "an event")
                    assert event["id"] == str(data["id"]), event
                return event["event"], data
            if line and not line.startswith(":"):
                name, value = line.split(":", 1)
                event[name] = value.lstrip()
        raise AssertionError("the stream has ended")


def cause_events(n):
    """A peer that speaks no OpenFlow makes one event."""
    for _ in range(n):
        with socket.create_connection((URL.hostname, 6653), timeout=PATIENCE) as peer:
            peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while peer.recv(4096):
                pass


def check_events():
    kinds = {event["kind"] for event in get("events?limit=256")["events"]}
    assert {"up", "serving", "link_up"} <= kinds, kinds
    last = get("events")["last"]
    assert get(f"events?after={last}")["events"] == []
    stream = Stream()
    cause_events(2)
    first, second = stream.next(), stream.next()
    assert first[1]["kind"] == second[1]["kind"] == "fault" and second[1]["id"] == first[1]["id"] + 1, (first, second)
    assert "hello" in first[1]["text"] and first[1]["warning"], first
    again = Stream(**{"Last-Event-ID": first[1]["id"]})
    assert again.next() == second
    page = get(f"events?after={last}&limit=1")
    assert [event["id"] for event in page["events"]] == [first[1]["id"]] and page["last"] == first[1]["id"], page


def check_slow_stream():
    """A client that does not read loses events, and is told how many; others lose none."""
    slow, quick = Stream(small=True), Stream()
    start, total, last = get("events")["last"], 0, None
    for _ in range(20):
        cause_events(50)
        for _ in range(50):
            kind, data = quick.next()
            assert kind == "event", (kind, data)
    end = get("events")["last"]
    got, lost = 0, 0
    while last != end:
        kind, data = slow.next()
        if kind == "lost":
            lost += data["lost"]
        else:
            got, last = got + 1, data["id"]
    assert lost > 0 and got + lost == end - start, (got, lost, start, end)
    print(f"of {end - start} events a client that did not read got {got} and was told of {lost}")


def put(intents, want=200, dry=False, **more):
    body = intents if isinstance(intents, (str, bytes)) else json.dumps(intents)
    more.setdefault("Content_Type", "application/json")
    return call("PUT", "/api/v1/intents" + ("?dry_run=true" if dry else ""), want, body=body, **more)


def check_put_refused():
    before = get("intents")
    file = (FOLDER / "intents.json").read_bytes()
    good = {"networks": [{"name": "n", "vlan": 5}]}
    put(good, 403, token="read_token")
    put(good, 415, Content_Type="text/plain")
    put(good, 401, token="wrong-wrong-wrong-wrong")
    assert "line 1" in put("{", 400)["detail"]
    put("[]", 400)
    put("\xff", 400)
    put('{"networks": [], "networks": []}', 400)
    put("{}" + " " * (1 << 20), 413)
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    put(b"".join([chunk] * 17), 413, Transfer_Encoding="chunked")
    put({"include": "/etc/passwd"}, 422)
    put({"networks": [{"include": "/etc/passwd"}]}, 422)
    problem = put('{"networks": [\n{"name": "n", "vlan": 5000},\n{"name": "n", "vlan": 6}],\n"what": 1}', 422)
    details = {error["place"]: error["detail"] for error in problem["errors"]}
    assert "sdn.intents.networks[0].vlan" in details["line 2"], problem
    assert any("sdn.intents.what" in error["detail"] for error in problem["errors"]), problem
    problem = put({"networks": [{"name": "n", "vlan": 5, "acl": "none"}]}, 422)
    assert 'there is no acl "none"' in problem["errors"][0]["detail"], problem
    assert get("intents") == before and (FOLDER / "intents.json").read_bytes() == file, "something has changed"
    return good


def check_put():
    good = check_put_refused()
    switches = {**good, "switches": [{"name": "a", "datapath": "0x1", "ports": [{"number": 1, "untagged": "n"}]}]}
    assert put(switches, dry=True)["applied"] is False
    assert put(good, dry=True) == {"applied": False, "master": None, "switches": []}
    assert get("intents") == {"intents": {}, "writable": True}
    assert put(good) == {"applied": True, "master": None, "switches": []}
    assert get("intents") == {"intents": good, "writable": True}
    assert json.loads((FOLDER / "intents.json").read_text()) == good


def check_page():
    answer, content = request("GET", "/", None, Accept_Encoding="gzip")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/html"), answer.status
    assert answer.headers["Content-Encoding"] == "gzip" and content[:2] == b"\x1f\x8b", answer.headers
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    etag = answer.headers["ETag"]
    answer, content = request("GET", "/", None, Accept_Encoding="gzip", If_None_Match=etag)
    assert answer.status == 304 and not content, answer.status


def check_intents():
    """Over HTTPS, without topology: intents that are put are on the switch, and kept."""
    status = get("status")
    assert status["mode"] == "learning" and get("links")["links"] == [], status
    assert get("intents")["intents"] == {"networks": [{"name": "n", "vlan": 5}]}, "a restart has forgotten"
    hosts = until("hosts", lambda: get("hosts")["hosts"])
    assert all(host["addresses"] == [] for host in hosts), hosts
    intents = {"networks": [{"name": "n", "vlan": 5}],
               "switches": [{"name": "first", "datapath": "0x1", "ports": [
                                {"number": 1, "untagged": "n"}, {"number": 2, "tagged": ["n"], "peer": "second:2"}]},
                            {"name": "second", "datapath": "0x2", "ports": [
                                {"number": 1, "untagged": "n"}, {"number": 2, "tagged": ["n"], "peer": "first:2"}]}],
               "hosts": [{"name": "one", "mac": "02:00:00:00:00:01", "network": "n", "addresses": "10.9.0.1", "at": "first:1"},
                         {"name": "two", "mac": "02:00:00:00:00:02", "network": "n", "addresses": "10.9.0.2", "at": "second:1"}]}
    plan = put(intents, dry=True)
    assert plan["switches"][0]["name"] == "first" and plan["switches"][0]["changes"] > 5, plan
    assert any(line.startswith("add table 0") for line in plan["switches"][0]["lines"]), plan
    put(intents)
    assert put(intents, dry=True)["switches"][0]["changes"] == 0
    until("flows of intents", lambda: any(f["owner"] == "intents" for f in get("switches/0000000000000001/flows")["flows"]))
    link, = get("links")["links"]
    assert link["declared"] and link["state"] == "up" and link["a"] == {"datapath": f"{1:016x}", "port": 2}, link
    for ends in (("one", "two"), ("10.9.0.1", "02:00:00:00:00:02")):
        path = get("paths?" + urllib.parse.urlencode({"from": ends[0], "to": ends[1]}))
        assert path["reached"] and path["trace"][-1] == 'reaches host "two"', path
    path = get("paths?from=one&to=10.9.0.77")
    assert not path["reached"] and path["reason"] == "the second host is not declared in the intents", path
    row = get("switches/0000000000000001")["switch"]
    assert row["name"] == "first" and get("status")["mode"] == "intents", row
    put({**intents, "switches": [{"name": "first", "datapath": "0x1", "ports": [{"number": 1, "untagged": "absent"}]}]}, 422)
    check_reads("1.4")
    stream = Stream()
    cause_events(1)
    assert stream.next()[1]["kind"] == "fault"


def check_no_file():
    put({}, 409)
    assert put({}, dry=True)["applied"] is False
    assert get("intents")["writable"] is False
    check_reads("1.0")


def check_first():
    check_document()
    check_refusals()
    check_page()
    check_network()
    check_reads("1.5")
    check_counters()
    check_events()
    check_slow_stream()
    check_put()


def resident_kib():
    status = pathlib.Path(f"/proc/{os.environ['PID']}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def all_hosts():
    """Each once; a page is at most 256."""
    seen, cursor = set(), None
    while True:
        page = get("hosts?limit=256" + (f"&cursor={cursor}" if cursor is not None else ""))
        assert len(page["hosts"]) <= 256, len(page["hosts"])
        seen |= {(host["mac"], host["vlan"]) for host in page["hosts"]}
        cursor = page["next"]
        if cursor is None:
            return seen


def check_many():
    wanted = int(os.environ["HOSTS"])
    until(f"{wanted} hosts", lambda: get("hosts?limit=1")["known"] >= wanted)
    assert len(all_hosts()) >= wanted
    before = resident_kib()
    for _ in range(2):
        all_hosts()
    grown = resident_kib() - before
    assert grown < 1024, f"{grown} KiB more after all hosts were read twice"
    # 40 switches are more than af_packet's 512 pages are for.
    text, = [event["text"] for event in get("events?limit=256")["events"] if event["kind"] == "pages"]
    assert text.startswith("33 switches") and "ports[].pages to 528" in text, text


{"many": check_many, "first": check_first, "intents": check_intents, "no_file": check_no_file}[PHASE]()
