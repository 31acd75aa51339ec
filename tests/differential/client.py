# client: sends each query to all servers and collects what they answer, with many
# queries outstanding. A server that is silent is asked again. Neighbour: run.py.
import select
import socket
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
