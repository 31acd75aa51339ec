"""Switches that lie: sdn_hostile.py ADDRESS SEED SCALE. Connections to wadi-sdn, each with a life of its own, sixteen at a
time. All of it comes from the seed. Fails when a connection that is to be refused is not, or one that only asks is."""
import concurrent.futures
import random
import socket
import struct
import sys

ADDRESS, SEED, SCALE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PATIENCE = 10 * SCALE
HELLO, ERROR, ECHO, ECHO_REPLY, FEATURES, FEATURES_REPLY, PACKET_IN, PORT_STATUS = 0, 1, 2, 3, 5, 6, 10, 12
MULTIPART, MULTIPART_REPLY, BARRIER, BARRIER_REPLY = 18, 19, 20, 21
PORT_DESC = 13


def message(kind, body=b"", xid=0, version=4, length=None):
    return struct.pack("!BBHI", version, kind, 8 + len(body) if length is None else length, xid) + body


def port(number, state=0):
    return struct.pack("!I4x6s2x16s8I", number, number.to_bytes(6, "big"), b"p%d" % number, 0, state, *[0] * 6)


def packet_in(in_port, frame):
    match = struct.pack("!HHII4x", 1, 12, 0x80000004, in_port)
    return message(PACKET_IN, struct.pack("!IHBBQ", 0xffffffff, len(frame), 0, 0, 0) + match + b"\0\0" + frame)


class Switch:
    def __init__(self, rand, datapath=None):
        self.rand = rand
        self.datapath = rand.getrandbits(63) | 1 << 63 if datapath is None else datapath
        self.socket = socket.create_connection((ADDRESS, 6653), timeout=PATIENCE)
        self.bytes = b""

    def send(self, *messages):
        """False: the controller has ended the connection, as it may."""
        try:
            self.socket.sendall(b"".join(messages))
        except (ConnectionError, TimeoutError):
            return False
        return True

    def next(self):
        """The next message's kind, xid and body; None: the connection has ended."""
        while len(self.bytes) < 8 or len(self.bytes) < struct.unpack_from("!H", self.bytes, 2)[0]:
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                return None
            self.bytes += more
        _, kind, length, xid = struct.unpack_from("!BBHI", self.bytes)
        body, self.bytes = self.bytes[8:length], self.bytes[length:]
        return kind, xid, body

    def answer(self, kind, xid, body, wrong=0):
        xid ^= wrong
        if kind == FEATURES:
            self.send(message(FEATURES_REPLY, struct.pack("!QIBB2xII", self.datapath, 0, 1, 0, 0x4f, 0), xid))
        elif kind == MULTIPART:
            which = struct.unpack_from("!H", body)[0]
            ports = b"".join(port(n) for n in (1, 2, 3)) if which == PORT_DESC else b""
            self.send(message(MULTIPART_REPLY, struct.pack("!HH4x", which, 0) + ports, xid))
        elif kind == BARRIER:
            self.send(message(BARRIER_REPLY, b"", xid))
        elif kind == ECHO:
            self.send(message(ECHO_REPLY, body, xid))

    def ready(self):
        """As a switch should, until the controller has read its flows. False: it was refused."""
        self.send(message(HELLO))
        while (got := self.next()):
            self.answer(*got)
            if got[0] == BARRIER:
                return True
        return False

    def ended(self):
        """The controller ends the connection: nothing else is right."""
        while self.next():
            pass

    def asks(self):
        """The controller is still there for it: it answers an echo."""
        if not self.send(message(ECHO, b"there?", 77)):
            return False
        while (got := self.next()):
            if got[0] == ECHO_REPLY and got[1] == 77:
                return got[2] == b"there?"
            self.answer(*got)
        return False


def frame(rand):
    return rand.randbytes(6) + b"\x02" + rand.randbytes(5) + rand.choice((b"\x08\x00", b"\x08\x06", b"\x86\xdd")) + rand.randbytes(
        rand.randrange(64))


def garbage(rand):
    switch = Switch(rand)
    switch.send(bytes([rand.choice((0, 0x47, 0xff))]) + rand.randbytes(4096))
    switch.ended()


def lengths(rand):
    switch = Switch(rand)
    assert switch.ready()
    switch.send(message(ECHO, b"", 1, length=rand.randrange(8)))
    switch.ended()


def a_part(rand):
    """A message that never ends, of a connection that is reset."""
    switch = Switch(rand)
    assert switch.ready()
    switch.send(message(PACKET_IN, rand.randbytes(rand.randrange(2000)), length=65535))
    switch.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def versions(rand):
    switch = Switch(rand)
    assert switch.ready()
    for _ in range(20):
        switch.send(message(ECHO, b"", 1, version=rand.choice((0, 1, 5, 6, 99))))
    # It may be ended, or told of each.
    switch.asks()


def xids(rand):
    """Answers to nothing, and none to what was asked."""
    switch = Switch(rand)
    switch.send(message(HELLO))
    for _ in range(3):
        if not (got := switch.next()):
            return
        switch.answer(*got, wrong=0 if got[0] == FEATURES else rand.getrandbits(31) | 1)
    for _ in range(200):
        switch.send(message(MULTIPART_REPLY, struct.pack("!HH4x", rand.randrange(16), rand.randrange(2)), rand.getrandbits(32)))
    assert switch.asks(), "answers that nobody asked for are no reason to end"


def bodies(rand):
    """Bodies of no sense: each is answered by an error, or dropped."""
    switch = Switch(rand)
    assert switch.ready()
    for _ in range(300):
        switch.send(message(rand.randrange(30), rand.randbytes(rand.randrange(80)), rand.getrandbits(32)))
    switch.asks()


def packet_ins(rand):
    switch = Switch(rand)
    assert switch.ready()
    for _ in range(20):
        switch.send(*(packet_in(rand.choice((1, 2, 3, rand.getrandbits(32))), frame(rand)) for _ in range(50)))
    assert switch.asks(), "frames are no reason to end"


def mute(rand):
    """It sends frames that call for an answer and reads none of them."""
    switch = Switch(rand)
    switch.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    assert switch.ready()
    switch.socket.settimeout(1)
    for _ in range(20):
        if not switch.send(*(packet_in(1, b"\xff" * 6 + frame(rand)[6:]) for _ in range(50))):
            break


def ports(rand):
    switch = Switch(rand)
    assert switch.ready()
    for _ in range(20):
        switch.send(*(message(PORT_STATUS, struct.pack("!B7x", rand.randrange(4)) + port(rand.randrange(1, 2000), rand.randrange(2)))
                      for _ in range(25)))
    assert switch.asks(), "ports are no reason to end"


def probes(rand):
    """LLDP that it has made up, or was given and kept, at ports of its choice."""
    switch = Switch(rand)
    assert switch.ready()
    made_up = b"\x01\x80\xc2\0\0\x0e" + b"\x02" + rand.randbytes(5) + b"\x88\xcc"
    tlvs = b"\x02\x07\x04" + rand.randbytes(6) + b"\x04\x03\x02\0\x01" + b"\x06\x02\0\x78"
    for _ in range(100):
        switch.send(packet_in(rand.randrange(1, 4), made_up + tlvs[:rand.randrange(len(tlvs) + 1)] + rand.randbytes(rand.randrange(40))))
    assert switch.asks(), "probes are no reason to end"


def twin(rand):
    """The datapath of an honest switch, which keeps it."""
    switch = Switch(rand, rand.randrange(1, 4))
    assert not switch.ready(), f"a second switch {switch.datapath} is taken"


LIVES = (garbage, lengths, a_part, versions, xids, bodies, packet_ins, mute, ports, probes, twin)


def live(number):
    life = LIVES[number % len(LIVES)]
    try:
        life(random.Random(SEED * 1000 + number))
    except (AssertionError, OSError) as error:
        return f"{life.__name__}, seed {SEED * 1000 + number}: {type(error).__name__} {error}"
    return None


with concurrent.futures.ThreadPoolExecutor(16) as pool:
    FAULTS = [fault for fault in pool.map(live, range(4 * len(LIVES))) if fault]
sys.exit("\n".join(FAULTS) or 0)
