#!/usr/bin/env python3
"""From the POST of a job to its worker's first status line; see README.md."""

import argparse
import pathlib
import statistics
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "support" / "python"))
sys.dont_write_bytecode = True

import pictures  # noqa: E402
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


def new_model(server):
    body = {"type": "image_classification", "format": "default"}
    dataset = server.api("POST", "/dataset", body, expect=201)["id"]
    server.upload(dataset, pictures.archive({
        f"images_train/{name}/1.png": pictures.png((200, 50, 50), 1) for name in ("cat", "dog")}))
    model = server.api("POST", "/model", {
        "network_arch": "classification", "train_datasets": [dataset], "eval_dataset": dataset},
        expect=201)["id"]
    return f"/model/{model}"


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


def report(title, times):
    print(f"{title}: median {statistics.median(times):.0f} ms, "
          f"from {min(times):.0f} to {max(times):.0f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    arguments = parser.parse_args()
    with Server(arguments.program) as server:
        model = new_model(server)
        report("POST to the first status line",
               [first_line_milliseconds(server, model) for _ in range(RUNS)])


if __name__ == "__main__":
    main()
