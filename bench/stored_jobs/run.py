#!/usr/bin/env python3
"""Whether stored jobs slow the server down: GET, lists, POST and start with few and with a million;
see README.md."""

import argparse
import pathlib
import sqlite3
import statistics
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import measure  # noqa: E402
import records  # noqa: E402
from athanor_server import Server  # noqa: E402

JOBS_OF_ONE_MODEL = 10
REQUESTS = 300
SCRAPES, SECONDS_BETWEEN = 5, 5  # Longer than the server keeps what it has counted.


def clone_models(server, model, count):
    """Rows of models like this one; their ids."""
    database = sqlite3.connect(server.data / "athanor.db")
    source = model.rsplit("/", 1)[1]
    cursor = database.execute("SELECT * FROM models WHERE id = ?", (source,))
    columns = [column[0] for column in cursor.description]
    row = dict(zip(columns, cursor.fetchone()))
    # Most belong to other users, as on a server of many teams.
    ids = [str(uuid.uuid4()) for _ in range(count)]
    marks = ", ".join("?" * len(columns))
    with database:
        database.executemany(
            f"INSERT INTO models VALUES ({marks})",
            (tuple({**row, "id": id, "user_id": str(uuid.uuid4())}.values()) for id in ids))
    database.close()
    return ids


def grow(server, model, job, jobs):
    """Stops the server, brings it to so many jobs, starts it again; milliseconds of the start."""
    server.stop()
    models = clone_models(server, model, jobs // JOBS_OF_ONE_MODEL)
    records.multiply_job(server.data, job, jobs, lambda n: models[n % len(models)])
    begin = time.monotonic()
    server.start()
    return 1000 * (time.monotonic() - begin)


def milliseconds(call):
    """The median of many calls, one after the other."""
    times = []
    for _ in range(REQUESTS):
        begin = time.monotonic()
        call()
        times.append(1000 * (time.monotonic() - begin))
    return statistics.median(times)


def scrape(server):
    status, _, _ = server.request("GET", "/metrics")
    if status != 200:
        raise SystemExit(f"GET /metrics: {status}")


def milliseconds_of_rare_scrapes(server):
    """The median of a few, each of which counts the jobs anew."""
    times = []
    for _ in range(SCRAPES):
        time.sleep(SECONDS_BETWEEN)
        begin = time.monotonic()
        scrape(server)
        times.append(1000 * (time.monotonic() - begin))
    return statistics.median(times)


def measure_calls(server, model, job):
    api = server.api
    return {
        "GET a job": milliseconds(lambda: api("GET", f"{model}/job/{job}", expect=200)),
        "list a model's jobs": milliseconds(lambda: api("GET", f"{model}/job", expect=200)),
        "list the models": milliseconds(lambda: api("GET", "/model", expect=200)),
        "POST a dataset": milliseconds(lambda: api("POST", "/dataset", records.DATASET, expect=201)),
        "POST a job": milliseconds(
            lambda: api("POST", f"{model}/job", {"actions": ["train"]}, expect=201)),
        "GET /metrics": milliseconds(lambda: scrape(server)),
        "GET /metrics, counted": milliseconds_of_rare_scrapes(server),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--worker", required=True, help="the witness_worker of the same build")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1000, 1_000_000])
    arguments = parser.parse_args()
    results = {}
    for jobs in arguments.jobs:
        with Server(arguments.program, arguments.worker) as server:
            model = records.new_model(server)
            path = records.finished_job(server, model)
            job = path.rsplit("/", 1)[1]
            start = grow(server, model, job, jobs)
            results[jobs] = {"start": start, **measure_calls(server, model, job),
                             "resident MB": measure.resident_megabytes(server.process.pid)}
    few = results[arguments.jobs[0]]
    print(f"{'ms':24}" + "".join(f"{jobs:>12,}" for jobs in arguments.jobs) + "       ratio")
    for name in few:
        values = [results[jobs][name] for jobs in arguments.jobs]
        print(f"{name:24}" + "".join(f"{value:12.2f}" for value in values)
              + f"{values[-1] / values[0]:12.2f}")


if __name__ == "__main__":
    main()
