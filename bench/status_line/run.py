#!/usr/bin/env python3
"""From a line of a worker's status.json to the GET that shows it; see README.md."""

import argparse
import http.client
import json
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import measure  # noqa: E402  (finds athanor_server)
import records  # noqa: E402
from athanor_server import Server  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def watch(server, path):
    """Milliseconds from each line that was seen to the end of the first reply that shows it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    seen, times = set(), []
    while True:
        connection.request("GET", f"/api/v1/user/{server.user}{path}")
        job = json.loads(connection.getresponse().read())
        now = time.monotonic_ns()
        message = job["result"].get("detailed_status", {}).get("message", "")
        if message.isdigit() and message not in seen:
            seen.add(message)
            times.append((now - int(message)) / 1e6)
        if job["status"] in ("Done", "Error"):
            return times, job["status"]
        time.sleep(0.0005)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    arguments = parser.parse_args()
    with Server(arguments.program, HERE / "worker.py") as server:
        model = records.new_model(server)
        job, = server.api("POST", f"{model}/job", {"actions": ["train"]}, expect=201)
        times, ended = watch(server, f"{model}/job/{job}")
    times.sort()
    print(f"{len(times)} lines seen, the job ended {ended}: median {statistics.median(times):.1f} "
          f"ms, 95th percentile {times[len(times) * 95 // 100]:.1f} ms, longest {times[-1]:.1f} ms")


if __name__ == "__main__":
    main()
