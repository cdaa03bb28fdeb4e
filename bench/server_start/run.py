#!/usr/bin/env python3
"""Time from the start of the server to its first reply, and its memory at rest; see README.md."""

import argparse
import http.client
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time

RUNS = 20
DEADLINE_SECONDS = 20


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def is_live(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/v1/health/liveness")
        return connection.getresponse().status == 201
    except OSError:
        return False
    finally:
        connection.close()


def resident_megabytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def measure(program):
    """(milliseconds to the first reply, megabytes at rest) of one start."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        server = subprocess.Popen(
            [program, "serve", "--data-dir", f"{folder}/data", "--listen", f"127.0.0.1:{port}",
             "--auth", "none"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not is_live(port):
                if time.monotonic() - begin > DEADLINE_SECONDS:
                    raise SystemExit("the server does not answer")
                time.sleep(0.001)
            milliseconds = 1000 * (time.monotonic() - begin)
            time.sleep(0.5)
            return milliseconds, resident_megabytes(server.pid)
        finally:
            server.terminate()
            server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    arguments = parser.parse_args()
    times, sizes = zip(*(measure(arguments.program) for _ in range(RUNS)))
    print(f"start to first reply: median {statistics.median(times):.0f} ms, "
          f"from {min(times):.0f} to {max(times):.0f} ms")
    print(f"resident at rest: {statistics.median(sizes):.1f} MB")


if __name__ == "__main__":
    main()
