#!/usr/bin/env python3
"""What a round of scheduling costs with few and with thousands of jobs that wait; see README.md."""

import argparse
import contextlib
import pathlib
import sqlite3
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import measure  # noqa: E402
import records  # noqa: E402
from athanor_server import Server  # noqa: E402

WAITS = {"train_config": {"random_seed": 8}}  # The witness worker's last digit for that.
CALLS = 20


def post(server, model):
    job, = server.api("POST", f"{model}/job", {"actions": ["train"]}, expect=201)
    return job


def take_the_slot(server, model):
    job = post(server, model)
    while server.api("GET", f"{model}/job/{job}", expect=200)["status"] == "Pending":
        time.sleep(0.01)


def chain(data):
    """Lets four of five copies wait for the job before them; the first copy has the number 3."""
    with contextlib.closing(sqlite3.connect(data / "athanor.db")) as database:
        with database:
            database.execute(
                "UPDATE jobs SET parent_id = "
                "(SELECT id FROM jobs before WHERE before.sequence = jobs.sequence - 1) "
                "WHERE sequence > 3 AND sequence % 5 <> 3")


def settle(server):
    """The server's processor time once it has nothing to do."""
    before, now = -1, measure.processor_seconds(server.process.pid)
    while now != before:
        time.sleep(0.1)
        before, now = now, measure.processor_seconds(server.process.pid)
    return now


def milliseconds(server, *calls):
    """Of the server's processor, for one of these calls and its round, in the mean of many."""
    begin = settle(server)
    for _ in range(CALLS):
        for call in calls:
            call()
            settle(server)
    return 1000 * (settle(server) - begin) / (CALLS * len(calls))


def measure_rounds(arguments, jobs, in_chains):
    with Server(arguments.program, arguments.worker, ["--slots", "1"]) as server:
        model = records.new_model(server)
        server.api("POST", f"{model}/specs/train", WAITS, expect=201)
        take_the_slot(server, model)
        first = post(server, model)
        settle(server)
        server.stop_alone()  # The worker of the job that runs goes on.
        records.multiply_job(server.data, first, 1 + jobs)
        if in_chains:
            chain(server.data)
        server.start()
        path = f"{model}/job/{first}"
        return {
            "POST a job": milliseconds(server, lambda: post(server, model)),
            "cancel or resume the first": milliseconds(
                server,
                lambda: server.api("POST", f"{path}/cancel", expect=200),
                lambda: server.api("POST", f"{path}/resume", expect=200)),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--worker", required=True, help="the witness_worker of the same build")
    parser.add_argument("--jobs", type=int, nargs="+", default=[10, 1000, 10_000])
    arguments = parser.parse_args()
    for title, in_chains in (("alone", False), ("in chains", True)):
        results = [measure_rounds(arguments, jobs, in_chains) for jobs in arguments.jobs]
        print(f"{'ms, ' + title:28}" + "".join(f"{jobs:>10,}" for jobs in arguments.jobs)
              + "     ratio")
        for name in results[0]:
            values = [result[name] for result in results]
            print(f"{name:28}" + "".join(f"{value:10.1f}" for value in values)
                  + f"{values[-1] / max(values[0], 0.1):10.2f}")


if __name__ == "__main__":
    main()
