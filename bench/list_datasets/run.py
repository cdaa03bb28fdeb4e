#!/usr/bin/env python3
"""The list of 100 datasets, against nginx with the same bytes in a file; see README.md."""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import measure  # noqa: E402
import records  # noqa: E402
from athanor_server import Server  # noqa: E402

DATASETS = 100


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of one run")
    parser.add_argument("--connections", type=int, default=32)
    arguments = parser.parse_args()
    with Server(arguments.program) as server:
        for _ in range(DATASETS):
            server.api("POST", "/dataset", records.DATASET, expect=201)
        path = f"/api/v1/user/{server.user}/dataset"
        _, _, reply = server.request("GET", path)
        assert len(json.loads(reply)) == DATASETS
        loads = measure.load_beside_nginx(server.url + path, reply, arguments)
    print(f"a list of {len(reply)} bytes, {arguments.connections} connections")
    measure.report_beside_nginx(*loads)


if __name__ == "__main__":
    main()
