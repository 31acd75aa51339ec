#!/usr/bin/env python3
"""handover_relay SOCKET OLD: SOCKET leads the process that takes over to the one that serves at OLD, and ends when
it says that it serves: so the other one never hears that."""
import socket, sys, time
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
new, _ = listener.accept()
old = socket.socket(socket.AF_UNIX)
old.connect(sys.argv[2])
while b'"done"' not in (request := new.recv(4096)):
    old.sendall(request)
    part = b""
    while not part.endswith(b"\n"):
        part, ancillary, _, _ = old.recvmsg(1 << 20, socket.CMSG_SPACE(1000))
        assert part, "hung up"
        assert new.sendmsg([part], ancillary) == len(part)
time.sleep(0.2)
