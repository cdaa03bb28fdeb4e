#!/usr/bin/env python3
"""Whether many slow clients slow a fast one down; see README.md."""

import argparse
import pathlib
import resource
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import measure  # noqa: E402
import records  # noqa: E402
from athanor_server import Server  # noqa: E402

PACE_SECONDS = 1  # A byte in this time, of each client.
FILE_BYTES = 64 << 20  # Far more than fits the buffers of a connection.


class SlowClients:
    """A third sends its header byte by byte, a third its body, a third reads a large file so."""

    def __init__(self, server, count, file):
        user = f"/api/v1/user/{server.user}"
        head = f"GET {user}/dataset HTTP/1.1\r\nHost: bench\r\nX-Filling: ".encode()
        body = (f"POST {user}/dataset HTTP/1.1\r\nHost: bench\r\n"
                "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n").encode()
        reading = f"GET {user}{file} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
        self.writers = [self.connect(server, start) for n in range(count * 2 // 3)
                        for start in ((head, body)[n % 2],)]
        self.readers = [self.connect(server, reading) for _ in range(count - len(self.writers))]
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.go_on)

    @staticmethod
    def connect(server, start):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(start)
        return client

    def go_on(self):
        while not self.stopping.wait(PACE_SECONDS):
            for client in self.writers:
                try:
                    client.send(b" ")
                except OSError:
                    pass  # Its deadline has passed.
            for client in self.readers:
                try:
                    client.recv(1)
                except OSError:
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        for client in self.writers + self.readers:
            client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--worker", required=True, help="the witness_worker of the same build")
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of one run")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (
        max(4096, 3 * arguments.clients), resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with Server(arguments.program, arguments.worker) as server:
        path = records.finished_job(server, records.new_model(server))
        job = path.rsplit("/", 1)[1]
        (server.data / "jobs" / job / "artifacts" / "large.bin").write_bytes(bytes(FILE_BYTES))

        def fast_client():
            return measure.wrk(f"{server.url}/api/v1/user/{server.user}{path}", 1, threads=1,
                               seconds=arguments.seconds)

        def among_slow_ones():
            with SlowClients(server, arguments.clients, f"{path}/artifacts/large.bin"):
                time.sleep(1)
                return fast_client()

        alone, among = measure.in_turn(arguments.rounds, fast_client, among_slow_ones)
    measure.report_load("one client alone", alone)
    measure.report_load(f"the same among {arguments.clients} slow ones", among)
    measure.report_ratio("speed among slow ones to speed alone",
                         [run["per_second"] for run in among], [run["per_second"] for run in alone])


if __name__ == "__main__":
    main()
