#!/usr/bin/env python3
"""From the POST of a job to its worker's first status line; see README.md."""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import measure  # noqa: E402
import records  # noqa: E402
from athanor_server import Server  # noqa: E402

RUNS = 20
DEADLINE_SECONDS = 60


def wait(condition):
    """The first true value of `condition`."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.001)
    raise SystemExit("the job does not come to it")


def first_line_milliseconds(server, model):
    begin = time.monotonic()
    job, = server.api("POST", f"{model}/job", {"actions": ["train"]}, expect=201)
    status = server.data / "jobs" / job / "status.json"
    wait(lambda: status.exists() and status.stat().st_size > 0)
    milliseconds = 1000 * (time.monotonic() - begin)
    server.api("POST", f"{model}/job/{job}/cancel")
    server.wait_for_job(f"{model}/job/{job}")
    server.api("DELETE", f"{model}/job/{job}", expect=200)  # Its worker is gone then.
    return milliseconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    arguments = parser.parse_args()
    with Server(arguments.program) as server:
        model = records.new_model(server)
        times = [first_line_milliseconds(server, model) for _ in range(RUNS)]
        print(f"POST to the first status line: {measure.spread(times, ' ms')}")


if __name__ == "__main__":
    main()
