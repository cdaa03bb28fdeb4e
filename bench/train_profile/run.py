#!/usr/bin/env python3
"""Says where the processor's time of a training goes; see README.md."""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.append(str(HERE.parents[1] / "tests" / "support" / "python"))
sys.path.append(str(HERE.parent / "support"))

from athanor_server import Server  # noqa: E402
from stacks import OTHER, PLACES, by_function, by_place, from_perf, from_text, to_text  # noqa: E402
from training import NETWORKS, SYSTEM_PYTHON, start_training  # noqa: E402

SAMPLES_PER_SECOND = 99  # Not in step with what happens a hundred times a second.


def wait_for_second_epoch(server, path, folder):
    """The process that trains. In its first epoch it makes kernels and warms caches up."""
    log = folder / "log.txt"
    while not (log.exists() and re.search(r"Epoch 1 of \d+ done", log.read_text())):
        record = server.api("GET", path, expect=200)
        if record["status"] == "Error":
            sys.exit(record["result"]["detailed_status"]["message"])
        time.sleep(0.1)
    return json.loads((folder / "worker.json").read_text())["pid"]


def record_stacks(pid, file):
    """Begins to, until the process ends. The stacks are copied whole, since LibTorch keeps no frame
    pointers to follow them by."""
    return subprocess.Popen(
        ["perf", "record", "--quiet", "--event", "cpu-clock", "--freq", str(SAMPLES_PER_SECOND),
         "--call-graph", "dwarf", "--output", file, "--pid", str(pid)], stdin=subprocess.DEVNULL)


def read_stacks(file):
    script = subprocess.run(
        ["perf", "script", "--input", file, "--no-inline", "--fields", "ip,sym,dso"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return from_perf(script.stdout)


def profile(asked, network, pictures):
    """{stack: samples} of a training."""
    with tempfile.NamedTemporaryFile(prefix="athanor-bench-perf-") as recording:
        with Server(asked.program, options=["--threads", str(asked.threads)]) as server:
            model, job = start_training(server, asked, network, pictures)
            path = f"/model/{model}/job/{job}"
            pid = wait_for_second_epoch(server, path, server.data / "jobs" / job)
            perf = record_stacks(pid, recording.name)
            ended = server.wait_for_job(path, seconds=7200)
            if perf.wait() != 0:
                sys.exit("perf recorded nothing; README.md says what it needs")
        if ended["status"] != "Done":
            sys.exit(ended["result"]["detailed_status"]["message"])
        return read_stacks(recording.name)


def kept_or_profiled(asked, network, pictures):
    if asked.stacks is None:
        return profile(asked, network, pictures)
    kept = asked.stacks / f"{network}.folded"
    if not kept.exists():
        asked.stacks.mkdir(parents=True, exist_ok=True)
        kept.write_text(to_text(profile(asked, network, pictures)))
    return from_text(kept.read_text())


def report(network, stacks, others):
    total = sum(stacks.values())
    parts = by_place(stacks)
    print(f"{network}: {total / SAMPLES_PER_SECOND:.0f} s of processor time")
    for place in [*PLACES, OTHER]:
        print(f"  {sum(parts[place].values()) / total:6.1%} {place}")
    for function, samples in by_function(parts[OTHER]).most_common(others):
        print(f"    {samples / total:6.1%} {function}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the athanor program")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--pictures", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=3, help="the first is not looked at")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--others", type=int, default=10,
                        help="how many functions of no known place are listed")
    parser.add_argument("--stacks", type=pathlib.Path, metavar="FOLDER",
                        help="keep the stacks here, and train no network whose stacks are there")
    asked = parser.parse_args()
    if asked.epochs < 2:
        parser.error("the first epoch is not looked at: at least two are needed")
    if shutil.which("perf") is None:
        sys.exit("perf is missing: install linux-perf")

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([SYSTEM_PYTHON, HERE.parent / "support" / "make_pictures.py", folder,
                        str(asked.pictures)], check=True)
        for network in asked.networks:
            report(network, kept_or_profiled(asked, network, pathlib.Path(folder)), asked.others)


if __name__ == "__main__":
    main()
