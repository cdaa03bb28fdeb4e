#!/usr/bin/env python3
"""The memory of many idle clients of the event stream; see README.md."""

import argparse
import pathlib
import resource
import selectors
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import measure  # noqa: E402
import records  # noqa: E402
from athanor_server import Server  # noqa: E402

DEADLINE_SECONDS = 60


def connect(server, path):
    client = socket.create_connection(("127.0.0.1", server.port))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n"
                   .encode())
    return client


def wait_for_replies(clients):
    """Until each has got the head of its reply."""
    waiting = selectors.DefaultSelector()
    for client in clients:
        waiting.register(client, selectors.EVENT_READ)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while waiting.get_map():
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(waiting.get_map())} clients got no reply")
        for key, _ in waiting.select(1):
            if not key.fileobj.recv(65536).startswith(b"HTTP/1.1 200"):
                raise SystemExit("a client was refused")
            waiting.unregister(key.fileobj)


def seconds_to_all(clients, change):
    """From a change until every client has heard of it."""
    waiting = selectors.DefaultSelector()
    for client in clients:
        waiting.register(client, selectors.EVENT_READ)
    begin = time.monotonic()
    change()
    while waiting.get_map():
        if time.monotonic() - begin > DEADLINE_SECONDS:
            raise SystemExit(f"{len(waiting.get_map())} clients heard nothing")
        for key, _ in waiting.select(1):
            if b"event:" in key.fileobj.recv(65536):
                waiting.unregister(key.fileobj)
    return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--worker", required=True, help="the witness_worker of the same build")
    parser.add_argument("--clients", type=int, default=10_000)
    arguments = parser.parse_args()
    descriptors = arguments.clients + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, max(
        descriptors, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    with Server(arguments.program, arguments.worker) as server:
        model = records.new_model(server)
        path = f"/api/v1/user/{server.user}/events"
        before = measure.resident_megabytes(server.process.pid)
        clients = []
        for _ in range(0, arguments.clients, 100):
            some = [connect(server, path) for _ in range(100)]
            wait_for_replies(some)
            clients += some
        time.sleep(1)
        idle = measure.resident_megabytes(server.process.pid)
        seconds = seconds_to_all(clients, lambda: records.finished_job(server, model))
        after = measure.resident_megabytes(server.process.pid)
        for client in clients:
            client.close()
    count = len(clients)
    print(f"resident: {before:.1f} MB before, {idle:.1f} MB with {count} idle event clients "
          f"({(idle - before) * 1024 / count:.1f} KB each), {after:.1f} MB after a job's events")
    print(f"{seconds:.2f} s from the POST of a job until all have heard of it")


if __name__ == "__main__":
    main()
