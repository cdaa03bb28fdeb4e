#!/usr/bin/env python3
"""Durable POST of datasets, against bare SQLite that commits in groups; see README.md."""

import argparse
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import measure  # noqa: E402
import records  # noqa: E402
from athanor_server import Server  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def build_peer(folder):
    program = folder / "peer"
    subprocess.run(["c++", "-std=c++20", "-O2", HERE / "peer.cpp", "-o", program,
                    "-lsqlite3", "-lsodium", "-pthread"], check=True)
    return program


def post(arguments):
    """Figures of one run on a fresh server."""
    with Server(arguments.program) as server:
        return measure.wrk(f"{server.url}/api/v1/user/{server.user}/dataset", arguments.clients,
                           seconds=arguments.seconds, method="POST", body=records.DATASET)


def store_rows(peer, arguments):
    """Rows a second of one run on a fresh database."""
    with tempfile.TemporaryDirectory(prefix="athanor-bench-") as folder:
        output = subprocess.run(
            [peer, f"{folder}/peer.db", str(arguments.clients), str(arguments.seconds)],
            capture_output=True, text=True, check=True)
        return float(output.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of one run")
    parser.add_argument("--clients", type=int, default=64)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="athanor-bench-") as folder:
        peer = build_peer(pathlib.Path(folder))
        ours, peers = measure.in_turn(
            arguments.rounds, lambda: post(arguments), lambda: store_rows(peer, arguments))
    print(f"{arguments.clients} clients")
    measure.report_load("athanor", ours)
    print(f"bare SQLite: {measure.spread(peers)} a second")
    measure.report_ratio("athanor to bare SQLite", [run["per_second"] for run in ours], peers)


if __name__ == "__main__":
    main()
