# client: sends each query to all servers and collects what they answer, with many
# queries outstanding, in datagrams or in one stream for each server. A server that is
# silent is asked again. One may also be asked over HTTPS. Neighbour: run.py.
import base64
import http.client
import select
import socket
import ssl
import time

TRIES, PATIENCE_S = 4, 1.0


def open_socket(address):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.setblocking(False)
    sock.connect((address, 53))
    return sock


class Client:
    # more: further addresses of some servers, in turn with the first.
    def __init__(self, addresses, more):
        self.sockets = {name: open_socket(address) for name, address in addresses.items()}
        self.others = {name: open_socket(address) for name, address in more.items()}
        self.next_id = 1

    # Sends a batch of wires to all; returns what collect() takes, before the next.
    def send(self, wires):
        for name, sock in self.others.items():
            self.sockets[name], self.others[name] = sock, self.sockets[name]
        base, self.next_id = self.next_id, (self.next_id + len(wires)) & 0xffff
        batch = [((base + i) & 0xffff).to_bytes(2, "big") + wire[2:] for i, wire in enumerate(wires)]
        for sock in self.sockets.values():
            for wire in batch:
                self._send(sock, wire)
        return base, batch, {name: {} for name in self.sockets}

    def _send(self, sock, wire):
        try:
            sock.send(wire)
        except (BlockingIOError, ConnectionRefusedError):
            pass # Asked again by collect().

    # For each wire a dict of server to reply; a server that stays silent is missing.
    def collect(self, sent, tries=TRIES):
        base, batch, replies = sent
        by_fd = {sock.fileno(): (name, sock) for name, sock in self.sockets.items()}
        poll = select.poll()
        for fd in by_fd:
            poll.register(fd, select.POLLIN)
        waiting = len(batch) * len(by_fd)
        for attempt in range(tries):
            end = time.monotonic() + PATIENCE_S
            while waiting and time.monotonic() < end:
                for fd, _ in poll.poll(50):
                    waiting -= self._receive(by_fd[fd][1], base, len(batch), replies[by_fd[fd][0]])
            if not waiting:
                break
            if attempt + 1 < tries:
                for name, sock in self.sockets.items():
                    for i, wire in enumerate(batch):
                        if i not in replies[name]:
                            self._send(sock, wire)
        return [{name: got[i] for name, got in replies.items() if i in got} for i in range(len(batch))]

    def _receive(self, sock, base, count, got):
        fresh = 0
        while True:
            try:
                reply = sock.recv(65535)
            except (BlockingIOError, ConnectionRefusedError):
                return fresh
            at = (int.from_bytes(reply[:2], "big") - base) & 0xffff
            if at < count and at not in got:
                got[at] = reply
                fresh += 1


# One server's end of a connection, which either end may close between two batches.
class Stream:
    def __init__(self, address):
        self.address, self.sock = address, None

    def start(self, batch, base):
        self.base, self.count, self.got = base, len(batch), {}
        self.batch = batch
        self.queue()

    def queue(self):
        self.out = b"".join(len(wire).to_bytes(2, "big") + wire for i, wire in enumerate(self.batch) if i not in self.got)
        self.came = bytearray()

    @property
    def waits(self):
        return len(self.got) < self.count

    # Connects when there is no connection, and has all sent that has no reply yet.
    def connect(self):
        if self.sock:
            return
        self.sock = socket.socket(socket.AF_INET6 if ":" in self.address else socket.AF_INET, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE_S)
        try:
            self.sock.connect((self.address, 53))
        except OSError:
            self.close()
            return
        self.sock.setblocking(False)
        self.queue()

    def close(self):
        self.sock.close()
        self.sock = None

    def write(self):
        try:
            self.out = self.out[self.sock.send(self.out):]
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def read(self):
        try:
            part = self.sock.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        if not part:
            self.close()
            return
        self.came += part
        while len(self.came) >= 2 and len(self.came) >= 2 + int.from_bytes(self.came[:2], "big"):
            end = 2 + int.from_bytes(self.came[:2], "big")
            at = (int.from_bytes(self.came[2:4], "big") - self.base) & 0xffff
            if at < self.count:
                self.got.setdefault(at, bytes(self.came[2:end]))
            del self.came[:end]


class Streams:
    def __init__(self, addresses, more):
        self.streams = {name: Stream(address) for name, address in addresses.items()}
        self.others = {name: Stream(address) for name, address in more.items()}
        self.next_id = 1

    # For each wire a dict of server to reply; a server that stays silent is missing.
    def ask(self, wires):
        for name, stream in self.others.items():
            self.streams[name], self.others[name] = stream, self.streams[name]
        base, self.next_id = self.next_id, (self.next_id + len(wires)) & 0xffff
        batch = [((base + i) & 0xffff).to_bytes(2, "big") + wire[2:] for i, wire in enumerate(wires)]
        for stream in self.streams.values():
            stream.start(batch, base)
        end = time.monotonic() + TRIES * PATIENCE_S
        while any(stream.waits for stream in self.streams.values()) and time.monotonic() < end:
            self._turn([stream for stream in self.streams.values() if stream.waits])
        # What may still come must not be taken for replies to the next batch.
        for stream in self.streams.values():
            if stream.waits and stream.sock:
                stream.close()
        return [{name: stream.got[i] for name, stream in self.streams.items() if i in stream.got} for i in range(len(batch))]

    def _turn(self, waiting):
        for stream in waiting:
            stream.connect()
        live = {stream.sock: stream for stream in waiting if stream.sock}
        readable, writable, _ = select.select(list(live), [sock for sock, stream in live.items() if stream.out], [], 0.05)
        for sock in readable:
            live[sock].read()
        for sock in writable:
            if live[sock].sock:
                live[sock].write()


# One server over HTTPS (RFC 8484), by GET and POST in turn, one query after the other.
class Https:
    def __init__(self, address, certificate):
        self.connection = http.client.HTTPSConnection(address, timeout=TRIES * PATIENCE_S,
                                                      context=ssl.create_default_context(cafile=certificate))

    # The reply to a wire, with the wire's number; None when there is no message. The server may have
    # closed a connection that was idle between two batches, as RFC 9112 section 9.5 says.
    def ask(self, number, wire):
        try:
            return self._ask(number, wire)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            self.connection.close()
            return self._ask(number, wire)

    def _ask(self, number, wire):
        if number % 2:
            path = "/dns-query?dns=" + base64.urlsafe_b64encode(wire).decode().rstrip("=")
            self.connection.request("GET", path)
        else:
            self.connection.request("POST", "/dns-query", wire, {"Content-Type": "application/dns-message"})
        response = self.connection.getresponse()
        reply = response.read()
        return reply if response.status == 200 else None
