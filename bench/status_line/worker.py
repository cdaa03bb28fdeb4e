#!/usr/bin/env python3
"""Stands in for athanor-worker: appends status lines that say when they were written."""

import json
import pathlib
import sys
import time

LINES = 100
PAUSE_SECONDS = 0.05


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "run":
        return
    status = pathlib.Path(sys.argv[2]) / "status.json"
    with open(status, "ab", buffering=0) as file:
        def say(kind, message):
            line = {"date": "1/1/2026", "time": "0:0:0", "status": kind, "verbosity": "INFO",
                    "message": message}
            file.write(json.dumps(line).encode() + b"\n")
        for _ in range(LINES):
            say("RUNNING", f"{time.monotonic_ns()}")
            time.sleep(PAUSE_SECONDS)
        say("SUCCESS", "done")


main()
