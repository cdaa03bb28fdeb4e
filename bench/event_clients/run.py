#!/usr/bin/env python3
"""Memory of idle event clients: run.py PROGRAM [CLIENTS]"""

import pathlib
import resource
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests/support/python"))
from athanor_server import Server  # noqa: E402

LIMIT_MB = 200


def resident_bytes(server):
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def open_stream(server):
    """A client that has got the reply's header, so that its stream is under way."""
    client = socket.create_connection(("127.0.0.1", server.port))
    client.sendall(f"GET /api/v1/user/{server.user}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(4096)
        if not piece:
            raise AssertionError(f"the server closed the connection after {head!r}")
        head += piece
    if b" 200 " not in head.splitlines()[0]:
        raise AssertionError(head.decode())
    return client


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Server(program) as server:
        open_stream(server).close()
        before = resident_bytes(server)
        clients = [open_stream(server) for _ in range(count)]
        grown = resident_bytes(server) - before
        for client in clients:
            client.close()
    print(f"{count} idle event clients: {grown / 1e6:.1f} MB, {grown / count:.0f} bytes each")
    return 0 if grown < LIMIT_MB * 1e6 else 1


if __name__ == "__main__":
    sys.exit(main())
