#!/bin/bash
# A closed port is told by ICMP in both families, at a limited rate.
. "$(dirname "$0")/lib.sh"

netns "$host"
conf dns tap:wadi0
serve dns "$host"
host_side "$host" wadi0

# A connected socket learns of it as ECONNREFUSED.
within "$host" python3 - <<'END' || fail "no port unreachable"
import socket
for family, address in (socket.AF_INET, "10.53.0.2"), (socket.AF_INET6, "fd53::2"):
    refused = 0
    for _ in range(3):
        s = socket.socket(family, socket.SOCK_DGRAM)
        s.settimeout(1)
        s.connect((address, 54))
        s.send(b"anybody?")
        try:
            s.recv(100)
        except ConnectionRefusedError:
            refused += 1
        except TimeoutError:
            pass
    assert refused, f"{address} does not refuse"
END

# Far more than the limit: most are not answered.
within "$host" python3 - <<'END' || fail "ICMP errors are not limited"
import socket, struct, time
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
raw.settimeout(0.5)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(5000):
    s.sendto(b"x", ("10.53.0.2", 55))
errors = 0
try:
    while True:
        raw.recv(2000)
        errors += 1
except TimeoutError:
    pass
assert 0 < errors < 2500, f"{errors} errors for 5000 datagrams"
END
answers "$host"
